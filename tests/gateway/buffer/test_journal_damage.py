"""A journal that is torn, damaged or of another version gives back whatever is whole."""

import json
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.buffer.journal import Journal
from gateway.buffer.rows import Layout, Row
from tests.gateway.buffer.journals import HALL, HEADER, ROWS, recovered


def test_a_journal_that_is_torn_anywhere_gives_all_whole_records(journal: Journal) -> None:
    """A killed process may have written a part of its last record."""
    ends = []
    for row in ROWS:
        journal.row(row)
        ends.append(journal.path.stat().st_size)
    content = journal.path.read_bytes()
    for size in range(len(content) + 1):
        journal.path.write_bytes(content[:size])
        found = Journal(journal.path.parent, "b1").read()
        if found is not None:
            whole = sum(size >= end for end in ends)
            assert found.rows == ROWS[:whole]
            assert found.next_position == 7 + whole
            assert found.bad <= 1
        else:
            assert size < ends[0]


def test_what_is_noted_behind_a_torn_record_is_not_spoiled(journal: Journal) -> None:
    journal.row(ROWS[0])
    with journal.path.open("ab") as file:
        file.write(b"\n1234 r8,1,b1")
    journal.row(ROWS[1])
    found = recovered(journal)
    assert (found.rows, found.bad) == (ROWS[:2], 0)


def test_every_flipped_bit_costs_at_most_the_records_that_it_is_in(journal: Journal) -> None:
    for row in ROWS:
        journal.row(row)
    content = journal.path.read_bytes()
    empty = content.index(b"\n\n")  # the line between the two headers
    rows = content.index(b"\n", empty + 2) + 1
    for bit in range(8, 8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        journal.path.write_bytes(flipped)
        found = recovered(journal)
        assert set(found.rows) < set(ROWS) or (found.rows == ROWS and bit < 8 * rows)
        assert found.bad >= 1


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\0" * 999, b"\nrubbish", b"\n%08x %s" % (crc32(b"l[]"), b"l[]")]
)
def test_what_has_no_header_is_no_journal(journal: Journal, content: bytes) -> None:
    journal.path.write_bytes(content)
    assert Journal(journal.path.parent, "b1").read() is None


def test_the_layouts_of_a_journal_before_calibrations_are_read(journal: Journal) -> None:
    layout = b'l[1,"hall",["temperature"],1,0,""]'
    records = [HEADER, layout, b"r7,1,b1,5,,21.50"]
    lines = [b"\n%08x %s" % (crc32(one), one) for one in records]
    journal.path.write_bytes(b"".join(lines))
    found = recovered(journal)
    older = Layout("hall", ("temperature",), Rank.GAUGE)
    assert (found.rows, found.bad) == ([Row(7, older, "b1", 5, None, "21.50")], 0)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
contents = st.one_of(
    json_values.map(lambda value: json.dumps(value).encode()),
    st.lists(st.integers(0, 9).map(str) | st.sampled_from(["", "b1", "x", "1.5"])).map(
        lambda parts: ",".join(parts).encode()
    ),
    st.binary(max_size=20).filter(lambda text: b"\n" not in text),
)
payloads = st.tuples(
    st.sampled_from([b"h", b"l", b"r", b"a", b"c", b"n", b"t", b"?", b"\xff"]), contents
)


@given(st.lists(payloads.map(b"".join), max_size=5), st.booleans())
def test_records_of_another_version_are_counted_and_never_an_exception(
    tmp_path_factory: pytest.TempPathFactory, records: list[bytes], whole: bool
) -> None:
    folder = tmp_path_factory.getbasetemp() / "foreign"
    folder.mkdir(exist_ok=True)
    layout = b"l" + json.dumps([1, *HALL]).encode()
    known = [HEADER, layout] if whole else []
    row = b"r7,1,b1,5,,21.50,null"
    lines = [b"\n%08x %s" % (crc32(one), one) for one in [*known, *records, row]]
    (folder / "journal").write_bytes(b"".join(lines))
    found = Journal(folder, "b1").read()
    if whole:
        assert found is not None
        assert found.bad <= len(records) + 1
        assert ROWS[0] in found.rows or any(one.startswith(b"l") for one in records)
