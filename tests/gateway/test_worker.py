"""Workers: steps, waking, beating, stopping, and what a bug does."""

import threading

from gateway.worker import Worker
from tests.gateway.simulated_clock import SimulatedClock
from tests.waiting import until


def test_a_worker_repeats_its_step_and_ends_when_told() -> None:
    steps, ended = [], threading.Event()
    three = threading.Event()

    def step() -> float:
        steps.append(1)
        if len(steps) == 3:
            three.set()
        return 0.0

    worker = Worker("w", step, SimulatedClock(), 1.0, at_end=ended.set)
    worker.start()
    assert three.wait(5)
    worker.stop()
    assert worker.join(5)
    assert ended.is_set()
    assert worker.failure is None


def test_a_waiting_worker_is_woken() -> None:
    stepped = threading.Semaphore(0)

    def step() -> None:
        stepped.release()

    worker = Worker("w", step, SimulatedClock(), 1.0)
    worker.start()
    assert stepped.acquire(timeout=5)
    assert not stepped.acquire(timeout=0.05)
    worker.wake.set()
    assert stepped.acquire(timeout=5)
    worker.stop()
    assert worker.join(5)


def test_stopping_is_not_lost_when_it_comes_during_a_step() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def step() -> None:
        entered.set()
        go_on.wait(5)

    worker = Worker("w", step, SimulatedClock(), 1.0)
    worker.start()
    assert entered.wait(5)
    worker.stop()
    worker.wake.clear()  # as the next step would do
    go_on.set()
    assert worker.join(5)


def test_a_stuck_step_stops_the_beat_and_a_long_wait_does_not() -> None:
    clock = SimulatedClock()
    entered, go_on = threading.Event(), threading.Event()
    waiting = threading.Event()

    def step() -> None:
        if not go_on.is_set():
            entered.set()
            go_on.wait(5)
        else:
            waiting.set()

    worker = Worker("w", step, clock, limit=2.0)
    worker.start()
    assert entered.wait(5)
    assert worker.beats()
    clock.sleep(2.1)
    assert not worker.beats()
    go_on.set()
    worker.wake.set()
    assert waiting.wait(5)
    until(lambda: worker._busy_since_ns is None, lambda: "still busy")
    clock.sleep(1000)
    assert worker.beats()
    worker.stop()
    assert worker.join(5)


def test_a_bug_ends_the_worker_and_is_kept_for_the_main_thread() -> None:
    def step() -> None:
        raise ZeroDivisionError("a bug")

    worker = Worker("w", step, SimulatedClock(), 1.0)
    worker.start()
    assert worker.join(5)
    assert isinstance(worker.failure, ZeroDivisionError)
    assert not worker.beats()
