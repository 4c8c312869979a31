"""Where one MQTT packet ends and the next begins, and what of that no broker may send.

Theory (MQTT 5, 2.1): a packet is one byte of type (high half) and flags (low half), its remaining
length in one to four bytes of seven bits each, and so many bytes. paho believes any length, up to
268 MB, and keeps every message of QoS 2 that is never finished. So each byte is looked at before
paho gets it: what is too long, of a type that only clients send, or QoS 2, which is never asked
for, ends the link. Nothing is kept but the state of the one packet that is being read.
"""

_CONNACK, _PUBLISH, _PUBACK, _SUBACK, _UNSUBACK, _PINGRESP, _DISCONNECT = 2, 3, 4, 9, 11, 13, 14
_FROM_BROKERS = {_CONNACK, _PUBLISH, _PUBACK, _SUBACK, _UNSUBACK, _PINGRESP, _DISCONNECT}
_QOS_2 = 0b0100
_MOST_LENGTH_BYTES = 4
_CODE_AT = 1
"""In the body of a CONNACK."""


class BrokenProtocol(Exception):
    """What came in is no MQTT that a broker may send."""


class Framing:
    """What has come in on one connection, packet by packet; `limit` bytes in the longest body."""

    def __init__(self, limit: int) -> None:
        self.code: int | None = None
        """Of the CONNACK; None until it is there."""
        self.packets = 0
        self._limit = limit
        self._type = 0
        self._length = 0
        self._length_bytes = 0
        self._body = 0
        """Bytes of the body that are there."""

    def feed(self, data: bytes) -> None:
        """The next bytes, of any number. Raises BrokenProtocol."""
        at = 0
        while at < len(data):
            if self._in_body:
                at += self._take_body(data[at : at + self._length - self._body])
            else:
                self._take_head(data[at])
                at += 1

    @property
    def _in_body(self) -> bool:
        return self._body < self._length and self._length_bytes < 0

    def _take_head(self, byte: int) -> None:
        if self._type == 0:
            self._begin(byte)
            return
        self._length |= (byte & 0x7F) << (7 * self._length_bytes)
        self._length_bytes += 1
        if byte & 0x80 == 0:
            self._length_bytes = -1
            self._check_length()
            self._end_if_whole()
        elif self._length_bytes == _MOST_LENGTH_BYTES:
            raise BrokenProtocol("a length that does not end")

    def _begin(self, byte: int) -> None:
        self._type, flags = byte >> 4, byte & 0x0F
        if self._type not in _FROM_BROKERS or (flags and self._type != _PUBLISH):
            raise BrokenProtocol(f"a packet that begins with 0x{byte:02x}")
        if (self._type == _CONNACK) != (self.code is None):
            raise BrokenProtocol("a CONNACK where none belongs, or none where one does")
        if self._type == _PUBLISH and flags & _QOS_2:
            raise BrokenProtocol("a message of QoS 2, which was not asked for")

    def _check_length(self) -> None:
        if self._length > self._limit:
            raise BrokenProtocol(f"a packet of {self._length} bytes, more than {self._limit}")

    def _take_body(self, part: bytes) -> int:
        if self._type == _CONNACK and self._body <= _CODE_AT < self._body + len(part):
            self.code = part[_CODE_AT - self._body]
        self._body += len(part)
        self._end_if_whole()
        return len(part)

    def _end_if_whole(self) -> None:
        if self._body == self._length:
            if self._type == _CONNACK and self.code is None:
                raise BrokenProtocol("a CONNACK without a code")
            self.packets += 1
            self._type = self._length = self._length_bytes = self._body = 0
