"""Lines come out whole, however they were cut, and nothing grows."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.lines import LONGEST, Lines, shown

TEXT = st.text("abcDEF019+:_, ", min_size=1, max_size=40).map(str.strip).filter(bool)


@given(
    lines=st.lists(TEXT, max_size=12),
    ends=st.lists(
        st.sampled_from(["\r\n", "\n\r", "\n", "\r", "\r\n\r\n"]), min_size=12, max_size=12
    ),
    cuts=st.lists(st.integers(0, 400), max_size=10),
)
def test_however_they_are_cut_and_ended(lines: list[str], ends: list[str], cuts: list[int]) -> None:
    data = "".join(line + end for line, end in zip(lines, ends, strict=False)).encode()
    parser, found, edges = Lines(), [], sorted({0, len(data), *(min(c, len(data)) for c in cuts)})
    for begin, end in pairwise(edges):
        found += parser.feed(data[begin:end])
    assert found == lines


@given(st.lists(st.binary(max_size=2000), max_size=10))
def test_any_bytes_give_lines_of_bounded_length(chunks: list[bytes]) -> None:
    parser = Lines()
    for chunk in chunks:
        assert all(0 < len(line) <= LONGEST for line in parser.feed(chunk))
        assert len(parser._begun) <= LONGEST


def test_an_endless_line_is_dropped_whole_and_counted_once() -> None:
    parser = Lines()
    for _ in range(100):
        assert parser.feed(b"x" * 100) == []
        assert len(parser._begun) <= LONGEST
    assert parser.feed(b"OK\r\nOK\r\n") == ["OK"]
    assert parser.too_long == 1


def test_a_long_line_at_once_is_dropped_too() -> None:
    parser = Lines()
    assert parser.feed(b"y" * (LONGEST + 1) + b"\r\nOK\r\n") == ["OK"]
    assert parser.too_long == 1


def test_keys_are_never_shown() -> None:
    key = "B6B53F4A168A7A88BDF7EA135CE9CFCA"
    spaced = " ".join(key[at : at + 2] for at in range(0, 32, 2))
    for line in (f"mac set appkey {key}", f"AT+APPKEY={spaced}", f'+KEY: APPKEY "{key.lower()}"'):
        told = shown(line).upper()
        assert "3F4A" not in told
        assert "3F 4A" not in told
    assert shown("+ID: DevEui, 2C:F7:F1:20:32:30:A5:70") == "+ID: DevEui, 2C:F7:F1:20:32:30:A5:70"
    assert shown("\x00\x1b[2J" + "z" * 100) == "??[2J" + "z" * 55 + "..."
