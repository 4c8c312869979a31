"""A modem model at the far end of a pseudo-terminal, in real time, for foreign programs."""

import os
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from drivers.lorawan.modem_model import ModemModel
from drivers.simulation.scene import View
from tests.waiting import until

_STEP_S = 0.005


@contextmanager
def served(model: ModemModel) -> Iterator[str]:
    """The path of the terminal, as long as the block lasts. What it said at boot nobody heard."""
    until(lambda: not model.step(View(0.0)) and model.next_ns() is None, lambda: "still booting")
    far_end, near_end = os.openpty()
    tty.setraw(near_end)
    os.set_blocking(far_end, False)
    ended = Event()
    thread = Thread(target=_serve, args=(model, far_end, ended), name="modem")
    thread.start()
    try:
        yield os.ttyname(near_end)
    finally:
        ended.set()
        thread.join()
        os.close(near_end)
        os.close(far_end)


def _serve(model: ModemModel, far_end: int, ended: Event) -> None:
    while not ended.wait(_STEP_S):
        with suppress(BlockingIOError):
            model.receive(os.read(far_end, 4096))
        said = model.step(View(0.0))
        if said:
            os.write(far_end, said)
