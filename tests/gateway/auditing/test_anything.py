"""Whatever the bytes are: never an exception, bounded memory, and what is whole is taken."""

import io
import json
import random
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from gateway.auditing import ledger as ledgers
from gateway.auditing import lines, messages, state
from gateway.auditing.ledger import Ledger
from gateway.auditing.recent import remembered
from tests.chaos.form import report, rounds
from tests.gateway.auditing.truth import Entry, Log

NODE = "brandis/a-1"
INPUTS = rounds(5_000, 1_000_000)
LIMIT = 500
EVIL = (
    *(b"[", b"]", b"{", b"}", b'"', b",", b":", b"-", b"0", b"9", b"null", b"\\u0000", b"\\ud800"),
    *(b"\x00", b"\xff", b"1e999", b"-1", b"9007199254740993", b"99999999999999999999", b"NaN"),
    *(b"true", b"[[[[[[[[", b'{"a":' * 50, b"udp/v1/", b"#", b"+", b" ", b"\n", "é\u2028".encode()),
)


def whole() -> list[tuple[str, bytes]]:
    """One of each kind, well formed."""
    log = Log(NODE, 7)
    for step in (("measure", 0, 3), ("measure", 0, 1), ("measure", 1, 2), ("thin", 0, 1, 9)):
        log.do(step)
    log.stop(3, sent=False)
    log.audit()
    reply: dict[str, Any] = {"node": NODE, "command": "replay", "id": "x", "state": "done"}
    reply |= {"result": {"epoch": 7, "sent": 1, "absent": [[1, 2]]}}
    status: dict[str, Any] = {
        "node": NODE,
        "at": None,
        "boot": "b",
        "up": 1,
        "state": "online",
        "session": "s",
    }
    status |= {"epoch": 7, "next": 9, "backlog": 0, "clock": "synced", "version": "", "config": ""}
    bodies: dict[str, Any] = {
        "data": [one.message(hist=False) for one in log.sendable],
        "audit": log.audits[0],
        "status": status,
        "reply": reply,
    }
    return [(f"udp/v1/{NODE}/{kind}", json.dumps(body).encode()) for kind, body in bodies.items()]


def test_what_is_told_beside_values_is_read_and_may_not_change() -> None:
    body: dict[str, Any] = {
        "id": f"{NODE}:7:1",
        "sensor": "hall",
        "t": None,
        "clock": "unknown",
        "boot": "b",
    }
    body |= {"up": 1, "hist": False, "values": {"co2": 4183}, "raw": {"co2": 4100}}
    body |= {"calibration": {"co2": "frc-1"}, "quality": {"co2": ["range", "a-newer-word"]}}
    later = [{**body, "hist": True}, {**body, "quality": {"co2": ["rate"]}}]
    payload = json.dumps([body, *later]).encode()
    found = [one for one in messages.entries(NODE, payload) if isinstance(one, messages.Entry)]
    first, again, other = (remembered(one, plain=True) for one in found)
    assert first == again != other


def test_a_span_may_be_dated_anew_and_nothing_else_of_it_may_change() -> None:
    span = {"t0": None, "t1": None, "boot0": "b", "up0": 1, "boot": "b", "up": 2}
    body: dict[str, Any] = {"id": f"{NODE}:7:1", "sensor": "door", "t0": None, "t1": None}
    body |= {"up0": 2, "clock": "unknown", "boot": "b", "up": 3, "hist": False}
    body |= {"values": {"count_in": 5}, "protected": "carry", "spans": {"count_in": span}}
    later = [
        {**body, "spans": {"count_in": {**span, "t0": "2026-11-20T10:00:00Z"}}},
        {**body, "spans": {"count_in": {**span, "up0": 0}}},
    ]
    payload = json.dumps([body, *later]).encode()
    found = [one for one in messages.entries(NODE, payload) if isinstance(one, messages.Entry)]
    first, again, other = (remembered(one, plain=True) for one in found)
    assert first == again != other


def mutated(text: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        at, to = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        new = (chance.choice(EVIL), chance.randbytes(3), text[at:to] * 2, b"", b"%d" % to)
        if chance.random() < 0.7:
            to = min(to, at + chance.randrange(4))
        text = text[:at] + chance.choice(new) + text[to:]
        text = text[:20_000]
    return text


def inputs(seed: int) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(seed)
    known = whole()
    for _ in range(INPUTS):
        topic, payload = chance.choice(known)
        if chance.random() < 0.1:
            payload = chance.randbytes(chance.randrange(50))
        if chance.random() < 0.2:
            topic = mutated(topic.encode(), chance).decode("utf-8", "replace")
        yield topic, mutated(payload, chance)


def test_no_payload_and_no_topic_is_too_much() -> None:
    ledger = Ledger(limit=LIMIT)
    tracemalloc.start()
    for topic, payload in inputs(1):
        ledger.hear(topic, payload)
        place = messages.place(topic, "udp/v1")
        if place is not None and place.kind == "reply":
            with suppress(messages.Unreadable):
                messages.reply(place.node, payload)
    account = ledger.account()
    msgspec.json.encode(account)
    state.restore(state.encode(ledger), Ledger())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    report(f"{INPUTS} payloads: {account.unread.n} unread, {peak / 1e6:.1f} MB at most")
    assert account.messages + account.elsewhere == INPUTS
    assert account.unread.n > INPUTS / 20
    assert account.unread.first
    assert any(one.complete_to for one in account.epochs)
    assert len(ledger._recent) <= LIMIT
    assert peak < 60e6


def test_no_line_is_too_much() -> None:
    chance = random.Random(2)
    known = [f"{topic} ".encode() + payload for topic, payload in whole()]
    known += [
        json.dumps({"tst": "x", "topic": topic, "qos": 1, "payload": payload.decode()}).encode()
        for topic, payload in whole()
    ]
    text = b"\n".join(mutated(chance.choice(known), chance) for _ in range(INPUTS))
    ledger = Ledger(limit=LIMIT)
    lines.read(io.BytesIO(text), "stdin", ledger)
    assert ledger.messages > INPUTS / 20
    assert ledger.unread.n > INPUTS / 20
    ledger.account()


def test_whoever_makes_up_epochs_fills_no_memory() -> None:
    ledger = Ledger()
    for epoch in range(1, ledgers.MOST_EPOCHS + 4):
        body = json.dumps([Entry(NODE, epoch, 1, 1, "door").message(hist=False)]).encode()
        ledger.hear(f"udp/v1/{NODE}/data", body)
    account = ledger.account()
    assert len(account.epochs) == ledgers.MOST_EPOCHS
    assert account.unread.n == 3


def test_one_that_cannot_be_read_spoils_no_other() -> None:
    good = [Entry(NODE, 7, n, n, "door").message(hist=False) for n in (1, 2)]
    bad: list[object] = [5, {}, good[0] | {"id": "x"}, good[0] | {"id": "grimma/b-2:7:3"}]
    bad += [good[0] | {"values": {"temperature": "warm"}}, good[0] | {"id": f"{NODE}:7:9-3"}]
    bad += [good[0] | {"id": f"{NODE}:7:{2**53 + 1}"}, good[0] | {"id": f"{NODE}:7:٣"}]
    ledger = Ledger()
    body = json.dumps([good[0], *bad, good[1]]).encode()
    ledger.hear(f"udp/v1/{NODE}/data", body, where="here")
    [epoch] = ledger.account().epochs
    assert epoch.complete_to == 2
    assert ledger.unread.n == len(bad)
    assert str(ledger.unread.first).startswith("here: ")
