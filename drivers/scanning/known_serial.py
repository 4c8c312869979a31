"""How parts on a serial port that have no driver are heard; nothing is sent."""

from drivers.environment.framing import Framing


def tf_luna(data: bytes) -> str | None:
    """TF-Luna and TFmini: nine bytes, 59 59 and the sum of the first eight; a hundred a second."""
    frames = Framing(0x59, _tf_luna_size, _tf_luna_frame).feed(data)
    return f"speaks, frames with right sums: {len(frames)}" if len(frames) >= 2 else None


def _tf_luna_size(header: bytes) -> int:
    return 9 if header[1:2] in (b"", b"\x59") else 0


def _tf_luna_frame(data: bytes) -> bytes | None:
    return data if sum(data[:8]) & 0xFF == data[8] else None
