"""How much of the air a node has taken, by what was really sent."""

from drivers.lorawan.radio.air import Transmission


def busiest(sent: list[Transmission], window_s: int) -> float:
    """Seconds on the air in the worst window of that length; frames count by where they overlap."""
    begins = [(one.at_ns, one.ends_ns) for one in sent]
    worst = 0
    for first, _ in begins:
        upto = first + window_s * 10**9
        worst = max(worst, sum(min(end, upto) - at for at, end in begins if first <= at < upto))
    return worst / 1e9
