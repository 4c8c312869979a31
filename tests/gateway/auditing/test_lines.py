"""Lines of mosquitto_sub, of either form, and what else may stand between them."""

import io
import json

import pytest

from gateway.auditing import lines
from gateway.auditing.ledger import Ledger
from gateway.auditing.lines import MAX_LINE, Message, parse
from gateway.auditing.messages import Unreadable

PAYLOAD = '[{"id": "brandis/a-1:7:1", "gap": "dropped"}]'


@pytest.mark.parametrize(
    "line",
    [
        f"udp/v1/brandis/a-1/data {PAYLOAD}\n",
        f"udp/v1/brandis/a-1/data {PAYLOAD}\r\n",
        json.dumps({"tst": "x", "topic": "udp/v1/brandis/a-1/data", "qos": 1, "payload": PAYLOAD}),
        f'{{"topic":"udp/v1/brandis/a-1/data","retain":0,"payload":{PAYLOAD}}}\n',
    ],
)
def test_of_either_form(line: str) -> None:
    assert parse(line.encode()) == Message("udp/v1/brandis/a-1/data", PAYLOAD.encode())


def test_a_line_may_say_that_it_was_delivered_again() -> None:
    assert parse(b'{"topic": "a", "payload": "x", "dup": 1}') == Message("a", b"x", True)


@pytest.mark.parametrize("line", [b"one-word", b"{", b'{"topic": 1}', b"\xff {}", b'{"topic":"a"}'])
def test_others_are_told(line: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(line)


def test_what_is_no_message_is_counted_and_the_first_has_its_place() -> None:
    long = b"x" * (2 * MAX_LINE + 10)
    text = [b"udp/v1/brandis/a-1/data []", b"", b"garbage", long, b"\xff\xfe", b"mill/pond {}"]
    text += [b"udp/v1/brandis/a-1/data [5]"]
    ledger = Ledger()
    lines.read(io.BytesIO(b"\n".join(text)), "night.txt", ledger)
    assert (ledger.messages, ledger.elsewhere, ledger.unread.n) == (2, 1, 4)
    assert str(ledger.unread.first).startswith("night.txt, line 3: ")
