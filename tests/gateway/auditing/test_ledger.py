"""The account of ranges says of every number what brute force says, in any order, however often."""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.auditing import state
from gateway.auditing.ledger import Ledger
from gateway.auditing.verdict import EpochVerdict, Judgement, Told
from gateway.model import Reason
from tests.chaos.form import rounds
from tests.gateway.auditing.oracle import Delivery, Expected, expected
from tests.gateway.auditing.truth import Entry, Log, logs

Message = tuple[str, bytes, bool]
seeds = st.randoms(use_true_random=False)


def heard(messages: Iterable[Message], ledger: Ledger | None = None) -> Ledger:
    ledger = ledger or Ledger()
    for topic, payload, redelivered in messages:
        ledger.hear(topic, payload, redelivered)
    return ledger


def data(deliveries: Sequence[Delivery]) -> Message:
    node = deliveries[0].entry.node
    body = [one.entry.message(one.hist) for one in deliveries]
    return f"udp/v1/{node}/data", json.dumps(body).encode(), deliveries[0].dup


def audit(one: dict[str, Any]) -> Message:
    return f"udp/v1/{one['node']}/audit", json.dumps(one).encode(), False


def some(made: Sequence[Log], chance: random.Random, lies: bool) -> list[Delivery]:
    """Any of what was ever sent, any number of times."""
    told = [
        Delivery(_lie(one) if lies and chance.random() < 0.05 else one, hist, dup)
        for log in made
        for one in log.sendable
        for hist, dup in _copies(chance)
    ]
    chance.shuffle(told)
    return told


def _copies(chance: random.Random) -> list[tuple[bool, bool]]:
    copies = chance.choice((0, 1, 1, 1, 1, 2, 3))
    return [(chance.random() < 0.5, chance.random() < 0.3) for _ in range(copies)]


def _lie(one: Entry) -> Entry:
    return one if one.gap else replace(one, count=one.count + 1)


def payloads(deliveries: Sequence[Delivery], chance: random.Random) -> list[Message]:
    """Neighbours of one node share a payload, by chance."""
    batches: list[list[Delivery]] = []
    for one in deliveries:
        last = batches[-1][-1] if batches else None
        fits = last and (last.entry.node, last.dup) == (one.entry.node, one.dup)
        if fits and chance.random() < 0.7:
            batches[-1].append(one)
        else:
            batches.append([one])
    return [data(batch) for batch in batches]


@settings(max_examples=rounds(150, 20_000), deadline=None)
@given(logs(), seeds)
def test_it_says_of_every_number_what_brute_force_says(
    made: Sequence[Log], chance: random.Random
) -> None:
    deliveries = some(made, chance, lies=True)
    audits = [
        _falsified(one, chance) for log in made for one in log.audits if chance.random() < 0.8
    ]
    messages = [*payloads(deliveries, chance), *map(audit, audits)]
    chance.shuffle(messages)
    account = heard(messages).account()
    found = {(one.node, one.epoch): one for one in account.epochs}
    for log in made:
        ours = _distinct(audits, log)
        truth = expected(log.node, log.epoch, deliveries, ours)
        verdict = found.pop((log.node, log.epoch), None)
        if verdict is None:
            assert truth.newest == 0
            assert not ours
        else:
            check(verdict, truth, len(ours))
            assert verdict.kept == _kept(log, audits)
    assert not found


def _distinct(audits: Iterable[dict[str, Any]], log: Log) -> list[dict[str, Any]]:
    """Of that epoch; those that say the same are one."""
    ours = [one for one in audits if (one["node"], one["epoch"]) == (log.node, log.epoch)]
    by_what = {json.dumps([one[name] for name in ("from", "to", "n", "sums")]): one for one in ours}
    return list(by_what.values())


def _kept(log: Log, audits: Iterable[dict[str, Any]]) -> tuple[int, int] | None:
    """What the newest audit of that node says of that epoch."""
    ours = [one for one in audits if one["node"] == log.node]
    nothing: dict[str, Any] = {"kept": []}
    newest = max(ours, key=lambda one: str(one["at"]), default=nothing)
    told = [(one["first"], one["last"]) for one in newest["kept"] if one["epoch"] == log.epoch]
    return told[0] if told else None


def _falsified(one: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    way = chance.randrange(8)
    if way == 0:
        return one | {"n": one["n"] + chance.choice((-1, 1)) if one["n"] else 1}
    if way == 1:
        return one | {"sums": {"door": {"count_in": 10_000}}}
    return one


def check(verdict: EpochVerdict, truth: Expected, audits: int) -> None:
    assert numbers(verdict.missing) == truth.missing
    assert numbers(verdict.on_the_way) == truth.on_the_way
    assert {reason: numbers(told) for reason, told in verdict.explained.items()} == truth.explained
    assert numbers(verdict.doubled) == truth.doubled
    assert numbers(verdict.contradicted) == truth.contradicted
    assert (verdict.newest, verdict.complete_to) == (truth.newest, truth.complete_to)
    found = sorted((one.from_, one.to, one.n) for one in verdict.audits.differ)
    assert found == sorted(truth.differ)
    assert verdict.audits.agree + verdict.audits.not_compared + len(found) == audits
    kept = range(verdict.kept[0], verdict.kept[1] + 1) if verdict.kept else range(0)
    assert numbers(verdict.lost_for_good) == {n for n in truth.missing if n not in kept}
    wrong = truth.missing or truth.doubled or truth.contradicted or truth.differ
    assert (verdict.judgement is Judgement.FINDING) == bool(wrong)


def numbers(told: Told) -> set[int]:
    found = {number for first, last in told.ranges for number in range(first, last + 1)}
    assert len(found) == told.n
    assert all(first <= last for first, last in told.ranges)
    return found


@settings(max_examples=rounds(100, 10_000), deadline=None)
@given(logs(), seeds)
def test_a_true_audit_never_differs_and_all_that_the_log_has_is_complete(
    made: Sequence[Log], chance: random.Random
) -> None:
    """Whatever of it arrives, and however much was merged or given up before or after an audit."""
    for log in made:
        log.audit()
    once = [replace(one, hist=True) for one in some(made, chance, lies=False)]
    audits = [audit(one) for log in made for one in log.audits]
    partly = heard([*payloads(once, chance), *audits])
    assert not [one for epoch in partly.account().epochs for one in epoch.audits.differ]
    rest = [Delivery(one, hist=True) for log in made for one in log.entries.values()]
    account = heard([data([one]) for one in rest], partly).account()
    assert not [one for epoch in account.epochs for one in epoch.audits.differ]
    assert [one for one in account.epochs if one.missing.n or one.on_the_way.n] == []
    assert account.judgement is Judgement.COMPLETE


@settings(max_examples=rounds(60, 5_000), deadline=None)
@given(logs(), seeds)
def test_two_runs_with_a_state_between_them_say_what_one_says(
    made: Sequence[Log], chance: random.Random
) -> None:
    messages = [*payloads(some(made, chance, lies=False), chance)]
    messages += [audit(one) for log in made for one in log.audits]
    at = chance.randint(0, len(messages))
    second = Ledger()
    state.restore(state.encode(heard(messages[:at])), second)
    found = [_ranges(one) for one in heard(messages[at:], second).account().epochs]
    assert found == [_ranges(one) for one in heard(messages).account().epochs]


def _ranges(one: EpochVerdict) -> tuple[Any, ...]:
    told = (one.missing, one.lost_for_good, one.explained, one.on_the_way, one.doubled)
    return one.node, one.epoch, one.newest, one.judgement, one.kept, *told


def test_a_lost_of_an_older_session_says_nothing() -> None:
    ledger = heard([_status("online", "s-2"), _status("lost", "s-1")])
    assert ledger.nodes["brandis/a-1"].state == "online"
    assert heard([_status("lost", "s-2")], ledger).nodes["brandis/a-1"].state == "lost"


def test_from_the_first_that_was_heard() -> None:
    log = Log("brandis/a-1", 7)
    for _ in range(20):
        log.measure(0, 1)
    log.audit()
    later = [data([Delivery(one, hist=False)]) for one in log.sendable if one.number in (12, 15)]
    [strict] = heard([*later, audit(log.audits[0])]).account().epochs
    [lax] = heard([*later, audit(log.audits[0])], Ledger(from_first_heard=True)).account().epochs
    assert strict.missing.ranges == [(1, 11), (13, 14), (16, 20)]
    assert lax.missing.ranges == [(13, 14), (16, 20)]


def test_nothing_is_asked_of_whom_only_an_audit_was_heard_from_the_first_heard_on() -> None:
    log = Log("brandis/a-1", 7)
    log.measure(0, 1)
    log.audit()
    [epoch] = heard([audit(log.audits[0])], Ledger(from_first_heard=True)).account().epochs
    assert (epoch.missing.n, epoch.judgement) == (0, Judgement.COMPLETE)


def test_audits_that_agree_are_told_also_when_their_readings_are_forgotten() -> None:
    log = Log("brandis/a-1", 7)
    ledger = Ledger(limit=10)
    for _ in range(20):
        for _ in range(5):
            log.measure(0, 1)
        log.audit()
        batch = [Delivery(one, hist=False) for one in log.sendable[-5:]]
        heard([data(batch), audit(log.audits[-1])], ledger)
    wrong = log.audits[0] | {"n": 4}
    [epoch] = heard([audit(wrong)], ledger).account().epochs
    assert (epoch.audits.agree, epoch.audits.differ, epoch.audits.not_compared) == (20, [], 1)


def test_an_audit_is_judged_before_its_readings_are_forgotten() -> None:
    log = Log("brandis/a-1", 7)
    for _ in range(30):
        log.measure(0, 1)
        if log.next == 6:
            log.audit()
    wrong = log.audits[0] | {"sums": {"door": {"count_in": 6}}}
    ledger = heard([audit(wrong)], Ledger(limit=10))
    [epoch] = heard([data([Delivery(one, False)]) for one in log.sendable], ledger).account().epochs
    [difference] = epoch.audits.differ
    assert (difference.from_, difference.to, difference.n) == (1, 5, 5)
    assert difference.arrived_sums == {"door": {"count_in": 5}}


def _status(state: str, session: str) -> Message:
    body: dict[str, Any] = {"node": "brandis/a-1", "state": state, "session": session}
    if state != "lost":
        body |= {"at": None, "boot": "b", "up": 1, "epoch": 7, "next": 1, "backlog": 0}
        body |= {"clock": "synced", "version": "1", "config": ""}
    return "udp/v1/brandis/a-1/status", json.dumps(body).encode(), False


def _log(*steps: tuple[Any, ...]) -> Log:
    log = Log("brandis/a-1", 7)
    for step in steps:
        log.do(step)
    return log


def _single(*messages: Message) -> EpochVerdict:
    [epoch] = heard(messages).account().epochs
    return epoch


def test_a_gap_record_of_another_epoch_explains_too() -> None:
    told = Entry("brandis/a-1", 9, 1, 1, "", gap="store_damaged", about=(7, 1, 5))
    old, new = heard([data([Delivery(told, hist=False)])]).account().epochs
    assert (old.epoch, old.newest, old.complete_to) == (7, 5, 5)
    assert numbers(old.explained[Reason.STORE_DAMAGED]) == {1, 2, 3, 4, 5}
    assert (new.newest, new.complete_to) == (1, 1)


def test_the_gaps_of_an_audit_explain_what_their_gap_records_would() -> None:
    log = _log(*[("measure", 0, 1)] * 4, ("give_up", "dropped", 2, 1), ("audit",))
    gaps = [{"gap": "dropped", "epoch": 7, "from": 2, "to": 3}]
    last = [Delivery(one, hist=True) for one in log.entries.values() if not one.gap]
    verdict = _single(data(last), audit(log.audits[0] | {"gaps": gaps}))
    assert verdict.missing.ranges == [(5, 5)]
    assert numbers(verdict.explained[Reason.DROPPED]) == {2, 3}


def test_a_merged_reading_that_comes_as_news_twice_is_doubled() -> None:
    merged = _log(("measure", 0, 1), ("measure", 0, 1), ("thin", 0, 1, 5)).entries[2]
    assert merged.first == 1
    backlog, news = data([Delivery(merged, True)]), data([Delivery(merged, False)])
    assert numbers(_single(backlog, news).doubled) == set()
    assert numbers(_single(backlog, news, news).doubled) == {2}
    assert numbers(_single(news, backlog, news).doubled) == {2}


MEASURED = [("measure", 0, 3), ("measure", 0, 4), ("measure", 1, 5)]


@pytest.mark.parametrize(
    ("steps", "arrived"),
    [
        ([*MEASURED, ("audit",), ("thin", 0, 1, 9)], "all that was ever sent"),
        ([*MEASURED, ("thin", 0, 1, 9), ("audit",)], "all that was ever sent"),
        ([*MEASURED, ("thin", 0, 1, 9), ("audit",)], "what the log has"),
        ([*MEASURED, ("stop", 2, True), ("audit",)], "all that was ever sent"),
        ([*MEASURED, ("give_up", "dropped", 1, 1), ("audit",)], "all that was ever sent"),
        ([*MEASURED, ("audit",), ("give_up", "dropped", 1, 1)], "all that was ever sent"),
        (
            [("measure", 0, 1), *MEASURED, ("thin", 0, 2, 2), ("thin", 0, 1, 9), ("audit",)],
            "all that was ever sent",
        ),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_an_audit_agrees_whatever_was_merged_or_lost_before_or_after_it(
    steps: list[tuple[Any, ...]], arrived: str, turned: bool
) -> None:
    log = _log(*steps)
    known = log.sendable if arrived.startswith("all") else list(log.entries.values())
    messages = [*(data([Delivery(one, hist=True)]) for one in known), audit(log.audits[0])]
    verdict = _single(*reversed(messages)) if turned else _single(*messages)
    assert (verdict.audits.agree, verdict.audits.not_compared) == (1, 0)
    wrong = [audit(log.audits[0] | {"sums": {"door": {"count_in": 99}}})]
    audits = _single(*messages[:-1], *wrong).audits
    assert audits.agree == 0
    assert len(audits.differ) + audits.not_compared == 1


def test_where_readings_came_merged_too_an_audit_that_differs_says_nothing() -> None:
    log = _log(*MEASURED, ("audit",), ("thin", 0, 1, 9))
    readings = [data([Delivery(one, hist=True)]) for one in log.sendable if not one.gap]
    wrong = audit(log.audits[0] | {"sums": {}})
    audits = _single(*readings, wrong).audits
    assert (audits.agree, audits.differ, audits.not_compared) == (0, [], 1)
