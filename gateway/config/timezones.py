"""Whether the time zone of a configuration exists, and which one was meant if it does not."""

from difflib import get_close_matches
from zoneinfo import available_timezones

from gateway.civil import zone
from gateway.config import wording
from gateway.config.faults import Path, quoted
from gateway.config.walk import Walker


def check_timezone(walker: Walker) -> None:
    """Note a fault of `walker` for a zone that this computer does not know."""
    path: Path = ("node", "timezone")
    name = walker.well.get(path)
    if name is not None:
        try:
            zone(name)
        except ValueError:
            walker.fault(path, f"no time zone is called {wording.literal(name)}", _cure(name))


def _cure(name: str) -> str:
    """By its last part, too: people know their city."""
    known = {zone: zone for zone in available_timezones()}
    known |= {zone.rpartition("/")[2]: zone for zone in known}
    by_letters = {one.lower(): zone for one, zone in sorted(known.items())}
    near = get_close_matches(name.lower(), by_letters, n=1)
    if near:
        return f"did you mean {quoted(by_letters[near[0]])}?"
    return 'write an IANA name such as "Europe/Berlin": timedatectl list-timezones'
