"""Exponential back-off with full jitter, reset only after the link stayed good."""

import random

import pytest

from gateway.backoff import Backoff

SECOND = 1_000_000_000


@pytest.fixture(autouse=True)
def seeded() -> None:
    random.seed(7)


def waits(backoff: Backoff, count: int) -> list[float]:
    return [backoff.failed(0) for _ in range(count)]


def test_waits_are_spread_between_nothing_and_a_doubling_bound() -> None:
    rows = [waits(Backoff(1.0, 60.0), 10) for _ in range(500)]
    for attempt in range(10):
        column = [row[attempt] for row in rows]
        bound = min(60.0, 2.0**attempt)
        assert 0 <= min(column) < bound * 0.1
        assert bound * 0.9 < max(column) <= bound


def test_a_success_that_did_not_last_resets_nothing() -> None:
    backoff = Backoff(1.0, 300.0, good_after=60.0)
    waits(backoff, 8)
    backoff.succeeded(100 * SECOND)
    assert max(backoff.failed(101 * SECOND) for _ in range(50)) > 60


def test_a_link_that_stayed_good_starts_anew() -> None:
    backoff = Backoff(1.0, 300.0, good_after=60.0)
    waits(backoff, 8)
    backoff.succeeded(100 * SECOND)
    backoff.succeeded(150 * SECOND)  # still the same good time
    assert backoff.failed(161 * SECOND) <= 1.0
