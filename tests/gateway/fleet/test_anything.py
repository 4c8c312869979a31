"""Whatever a fleet file holds, no user gets a line that is not of a known form."""

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.config import ConfigError
from gateway.fleet import Fleet, acl, dynsec, parse

GOOD = st.sampled_from(["a", "b-1", "gw-01", "gw-02"])
ODD = st.sampled_from(["+", "#", "a/b", "a b", "%u", "$SYS", "a\nuser b", "", "ä", "-", "x" * 90])
WORDS = GOOD | GOOD | GOOD | ODD
NAMES = st.lists(WORDS, max_size=3)
VALUES: st.SearchStrategy[Any] = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
READERS = st.fixed_dictionaries(
    {"name": WORDS.map(lambda word: word.replace("gw", "Reader."))},
    optional={"repair": st.booleans(), "acknowledge": st.booleans()},
)
FLEETS = st.fixed_dictionaries(
    {"municipalities": st.dictionaries(GOOD | GOOD | ODD, NAMES, max_size=2)},
    optional={
        "prefix": st.sampled_from(["p", "udp/v1", "udp/+", "#", "a b", "$SYS"]),
        "readers": st.lists(READERS, max_size=2),
        "retired": st.lists(WORDS.map(lambda word: f"old/{word}"), max_size=2),
    },
)
LINE = re.compile(
    r"|user [A-Za-z0-9.-]+(/[a-z0-9-]+)?|topic (read|write) ([a-z0-9_-]+|\+)(/([a-z0-9_-]+|\+))+"
)


def fleet(data: Any) -> Fleet | None:
    try:
        return parse(json.dumps(data))
    except ConfigError:
        return None


@given(VALUES)
def test_what_is_no_fleet_is_refused_in_order(data: Any) -> None:
    for value in (data, {"municipalities": data}, {"municipalities": {}, "readers": [data]}):
        fleet(value)


@given(FLEETS)
def test_a_fleet_is_refused_or_gives_lines_of_the_known_forms(data: Any) -> None:
    read = fleet(data)
    if read is None:
        return
    first, *lines = acl.text(read).splitlines()
    assert first.startswith("#")
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    users = [line for line in lines if line.startswith("user ")]
    assert len(users) == len(set(users)) == len(read.nodes) + len(read.readers)
    made = [one for one in dynsec.commands(read)["commands"] if one["command"] == "createClient"]
    assert [f"user {one['username']}" for one in made] == users
