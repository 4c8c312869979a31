"""The wire of the tests does what it says."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.lane import SEGMENT
from tests.waiting import until
from tests.wire import Wire


class Echo:
    """A far side: keeps what came, connection by connection, and sends it back."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[bytearray] = []
        self.ended: list[str] = []
        self._over = False
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        while True:
            link, _ = self._listener.accept()
            if self._over:
                link.close()
                return
            self._threads.append(threading.Thread(target=self._hear, args=[link]))
            self._threads[-1].start()

    def _hear(self, link: socket.socket) -> None:
        self.heard.append(heard := bytearray())
        with link:
            try:
                while data := link.recv(65_536):
                    heard += data
                    link.sendall(data)
                self.ended.append("closed")
            except ConnectionError:
                self.ended.append("reset")

    def close(self) -> None:
        self._over = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join()
        self._listener.close()


@pytest.fixture
def far() -> Iterator[Echo]:
    far = Echo()
    yield far
    far.close()


@pytest.fixture
def wire(far: Echo) -> Iterator[Wire]:
    wire = Wire(far.port)
    yield wire
    wire.close()


def connect(wire: Wire) -> socket.socket:
    return socket.create_connection(("127.0.0.1", wire.port), timeout=30)


def received(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = link.recv(size - len(data))
        assert more, f"it ended after {len(data)} bytes"
        data += more
    return data


def refuses(wire: Wire) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", wire.port)) != 0


def others_pass(far: Echo) -> None:
    """So much passes over another wire that it would over this one, if it let it."""
    other = Wire(far.port)
    try:
        with connect(other) as link:
            for _ in range(100):
                link.sendall(b"x")
                assert received(link, 1) == b"x"
    finally:
        other.close()


def test_it_passes_on_both_ways(wire: Wire, far: Echo) -> None:
    sent = bytes(range(256)) * 4_000
    with connect(wire) as link:
        sending = threading.Thread(target=link.sendall, args=[sent])
        sending.start()
        assert received(link, len(sent)) == sent
        sending.join()
        link.shutdown(socket.SHUT_WR)
        assert link.recv(1) == b""
    until(lambda: far.ended == ["closed"], lambda: far.ended)
    assert wire.there.passed == wire.back.passed == len(sent)
    assert (wire.accepted, wire.there.lost, wire.back.lost) == (1, 0, 0)
    until(lambda: wire.connections == 0, lambda: wire.connections)


def test_cut_breaks_what_is_there_and_refuses_what_comes(wire: Wire, far: Echo) -> None:
    with connect(wire) as link:
        link.sendall(b"a")
        assert received(link, 1) == b"a"
        wire.cut()
        with pytest.raises(ConnectionResetError):
            link.recv(1)
    until(lambda: far.ended == ["reset"], lambda: far.ended)
    assert refuses(wire)
    port = wire.port
    wire.mend()
    assert wire.port == port
    with connect(wire) as link:
        link.sendall(b"b")
        assert received(link, 1) == b"b"


def test_what_was_swallowed_arrives_once_it_is_mended(wire: Wire, far: Echo) -> None:
    with connect(wire) as link:
        link.sendall(b"a")
        assert received(link, 1) == b"a"
        wire.swallow()
        link.sendall(b"b" * 100)
        others_pass(far)
        assert (wire.there.passed, wire.back.passed) == (1, 1)
        wire.mend()
        assert received(link, 100) == b"b" * 100


def test_what_was_swallowed_never_arrives_once_it_is_cut(wire: Wire, far: Echo) -> None:
    with connect(wire) as link, connect(wire) as other:
        for end in (link, other):
            end.sendall(b"a")
            assert received(end, 1) == b"a"
        wire.swallow()
        link.sendall(b"b" * 100_000)
        other.close()
        others_pass(far)
        assert far.heard[:2] == [b"a", b"a"]
        until(lambda: len(far.ended) == 1, lambda: far.ended)  # of the other wire
        wire.cut()
        with pytest.raises(ConnectionResetError):
            link.recv(1)
    until(lambda: far.ended[1:] == ["reset", "reset"], lambda: far.ended)
    assert far.heard[:2] == [b"a", b"a"]
    assert wire.there.passed == 2


def test_who_connects_while_it_swallows_waits_or_never_was_there(wire: Wire, far: Echo) -> None:
    wire.swallow()
    with connect(wire) as link:
        with connect(wire) as given_up:
            given_up.sendall(b"x")
        link.sendall(b"a")
        others_pass(far)
        assert len(far.heard) == 1
        wire.mend()
        assert received(link, 1) == b"a"
    until(lambda: len(far.ended) == 2, lambda: far.ended)
    assert far.heard[1:] == [b"a"]
    assert wire.accepted == 1


def test_a_far_side_that_refuses_is_told_by_a_reset(far: Echo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    wire = Wire(port)
    try:
        with pytest.raises(ConnectionResetError), connect(wire) as link:
            link.recv(1)
    finally:
        wire.close()


def test_a_slow_wire_takes_its_time_each_way(wire: Wire) -> None:
    """Only lower bounds: however busy the machine is, they hold."""
    wire.slow(delay_s=0.2)
    with connect(wire) as link:
        begun = time.monotonic()
        link.sendall(b"a")
        assert received(link, 1) == b"a"
        assert time.monotonic() - begun >= 0.4
        begun = time.monotonic()
        wire.slow(bits_per_s=64_000)
        with connect(wire) as other:  # they share it
            for end in (link, other):
                end.sendall(b"b" * 2_000)
            assert received(link, 2_000) == received(other, 2_000) == b"b" * 2_000
        assert time.monotonic() - begun >= 4_000 * 8 / 64_000


def test_what_is_lost_is_sent_again_and_all_behind_it_waits(wire: Wire) -> None:
    wire.slow(loss=0.5)
    sent = bytes(index % 251 for index in range(10 * SEGMENT))
    begun = time.monotonic()
    with connect(wire) as link:
        link.sendall(sent)
        assert received(link, len(sent)) == sent
    lost = max(wire.there.lost, wire.back.lost)
    assert lost > 0
    assert time.monotonic() - begun >= lost * 0.2


def test_slow_and_swallowing_at_once(wire: Wire) -> None:
    wire.slow(0.05, 640_000, 0.05)
    with connect(wire) as link:
        link.sendall(b"a" * 5_000)
        wire.swallow()
        wire.mend()
        assert received(link, 5_000) == b"a" * 5_000
        wire.slow()
        link.sendall(b"b")
        assert received(link, 1) == b"b"


def test_mqtt_5_is_turned_away_where_only_311_is_known(wire: Wire) -> None:
    head = b"\x10\x0d\x00\x04MQTT"
    wire.know_only_311()
    with connect(wire) as link:
        link.sendall(head + b"\x05")
        with pytest.raises(ConnectionResetError):
            link.recv(1)
    with connect(wire) as link:
        link.sendall(head + b"\x04")
        assert received(link, 9) == head + b"\x04"
