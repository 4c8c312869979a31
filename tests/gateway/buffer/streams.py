"""Rows such as a log holds, of any kind that thinning meets."""

from hypothesis import strategies as st

from drivers.quantities import QUANTITIES, Kind, Rank
from gateway.buffer.rows import Layout, Row
from gateway.model import Flag

AIR = Layout("hall", ("temperature",), Rank.GAUGE)
DOOR = Layout("door", ("count_in", "total_in"), Rank.COUNT)
LOST = Layout("hall", (), Rank.ALARM, gap="dropped")
STRANGE = AIR._replace(names=("temperature", "happiness"))
STAY = (AIR._replace(rank=Rank.ALARM), STRANGE, LOST)
MERGE = (
    AIR,
    AIR._replace(names=("humidity", "temperature")),
    AIR._replace(names=("pressure",), rank=Rank.DIAGNOSTIC),
    AIR._replace(names=("temperature", "sound_level", "gas_resistance", "wind_direction")),
    AIR._replace(names=("wind_direction", "gas_resistance")),
    AIR._replace(names=("sound_level",)),
    DOOR,
    DOOR._replace(names=("count_in", "blind_time")),
    Layout("pir", ("motion", "occupied_time"), Rank.COUNT),
)
LAYOUTS = st.sampled_from(MERGE * 4 + STAY)  # mostly such that there is something to merge
FLAGS = st.sampled_from((0, 1, 2, 5))


@st.composite
def streams(draw: st.DrawFn) -> list[Row]:
    """Rows of three sensors over two boots, hours apart or moments, with numbers left out."""
    rows, position, up_ns = [], 0, 0
    reboot = draw(st.integers(0, 80))
    for index in range(draw(st.integers(0, 40))):
        layout = draw(LAYOUTS)
        position += draw(st.sampled_from((1, 1, 3)))
        up_ns = 0 if index == reboot else up_ns + draw(st.integers(1, 200)) * 10**9
        boot = "b1" if index < reboot else "b2"
        span_ns = draw(st.sampled_from((None, min(up_ns, 10**10))))
        layout, packed = draw(content(layout))
        rows.append(Row(position, layout, boot, up_ns, span_ns, packed))
    return rows


@st.composite
def content(draw: st.DrawFn, layout: Layout) -> tuple[Layout, str]:
    """Numbers for its quantities; some with flags, corrected, or means of several values."""
    said: dict[str, str] = {}
    calibrations = []
    for name in layout.names:
        said |= draw(plain(name))
        if layout in STAY or not is_averaged(name) or draw(st.booleans()):
            continue
        n = draw(st.integers(1, 9)) if said[name] != "null" else 0
        if draw(st.booleans()):
            said |= {f"{name}_n": str(n)}
            if name != "wind_direction":
                said |= {f"{name}_min": said[name], f"{name}_max": draw(plain(name))[name]}
                said |= dict(zip((f"{name}_min", f"{name}_max"), ordered(said, name), strict=True))
        if draw(st.booleans()):
            said[f"{name}_raw"] = draw(plain(name))[name] if n else "null"
            calibrations.append((name, draw(st.sampled_from("abc"))))
        if flags := draw(FLAGS):
            partly = n > 1 and draw(st.booleans())
            said[f"{name}_flags"] = str(flags | Flag.PARTLY * partly)
    kept = layout._replace(names=tuple(said), calibrations=tuple(sorted(calibrations)))
    return kept, ",".join(said.values())


@st.composite
def plain(draw: st.DrawFn, name: str) -> dict[str, str]:
    decimals = QUANTITIES[name].decimals if name in QUANTITIES else 0
    least, most = (-3 if name == "temperature" else 0), 500
    if name == "wind_direction":
        most = draw(st.sampled_from((0, 80, 359)))
    value = draw(st.none() | st.integers(least, most))
    return {name: "null" if value is None else f"{value / 10**decimals:.{decimals}f}"}


def ordered(said: dict[str, str], name: str) -> list[str]:
    """The smallest and the largest of several values, of which one is their mean."""
    ends = [said[name], said[f"{name}_max"]]
    known = sorted((one for one in ends if one != "null"), key=float)
    return [known[0], known[-1]] if said[name] != "null" else ["null", "null"]


def is_averaged(name: str) -> bool:
    """Whether something stands beside its merged values."""
    return name in QUANTITIES and QUANTITIES[name].kind in (Kind.GAUGE, Kind.STATE)
