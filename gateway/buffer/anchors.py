"""Anchors as rows of the table `anchor`: (number of the boot, ns since it, UTC, vouched)."""

from gateway.clock import Anchor
from gateway.model import Quality

AnchorRow = tuple[int, int, int, int]


def anchor_row(boot: int, anchor: Anchor) -> AnchorRow:
    """`boot` is the number of its boot."""
    return boot, anchor.up_ns, anchor.utc_ns, int(anchor.quality is Quality.SYNCED)


def anchor_of(row: AnchorRow) -> tuple[int, Anchor]:
    """The number of the boot, and the anchor."""
    boot, up_ns, utc_ns, vouched = row
    return boot, Anchor(up_ns, utc_ns, Quality.SYNCED if vouched else Quality.ESTIMATED)
