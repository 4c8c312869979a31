"""Whatever a fleet file holds, no user gets a line that is not of a known form."""

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.config import ConfigError
from gateway.fleet import acl, dynsec, parse

WORDS = st.sampled_from(
    [
        "a",
        "gw-01",
        "+",
        "#",
        "a/b",
        "a b",
        "%u",
        "$SYS",
        "a\nuser b",
        "",
        "ä",
        "-",
        "x" * 50,
        "udp/v1",
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.lists(WORDS, max_size=3)
FILES = st.fixed_dictionaries(
    {"municipalities": st.dictionaries(WORDS, NAMES | VALUES, max_size=3)},
    optional={
        "prefix": WORDS | VALUES,
        "readers": st.lists(
            st.fixed_dictionaries(
                {"name": WORDS},
                optional={"municipalities": NAMES, "repair": st.booleans() | VALUES},
            ),
            max_size=2,
        )
        | VALUES,
        "retired": NAMES | VALUES,
    },
)
LINE = re.compile(
    r"user [A-Za-z0-9._-]+(/[a-z0-9-]+)?|topic (read|write) ([a-z0-9_-]+|\+)(/([a-z0-9_-]+|\+))+|"
)


@given(FILES | VALUES)
def test_any_file_is_refused_or_gives_lines_of_the_known_forms(data: Any) -> None:
    try:
        fleet = parse(json.dumps(data))
    except ConfigError:
        return
    first, *lines = acl.text(fleet).splitlines()
    assert first.startswith("#")
    assert all(LINE.fullmatch(line) for line in lines), lines
    users = [line for line in lines if line.startswith("user ")]
    assert len(users) == len(set(users)) == len(fleet.nodes) + len(fleet.readers)
    made = [one for one in dynsec.commands(fleet)["commands"] if one["command"] == "createClient"]
    assert [f"user {one['username']}" for one in made] == users
