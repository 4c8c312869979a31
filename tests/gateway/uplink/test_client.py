"""What the guard needs of paho's private names is still there."""

import inspect

import paho.mqtt.client as paho

from gateway.uplink import client, inbox


def source(name: str) -> str:
    return inspect.getsource(getattr(paho.Client, name))


def test_the_link_is_ours_and_every_byte_comes_through_it() -> None:
    assert "self._sock = self._create_socket()" in source("reconnect")
    assert "self._sock.recv(bufsize)" in source("_sock_recv")
    assert "self._sock.send(buf)" in source("_sock_send")
    others = inspect.getsource(paho.Client).replace(source("_sock_recv"), "")
    assert "_sock.recv(" not in others


def test_what_waits_to_be_written_is_one_queue_and_is_left_to_the_thread() -> None:
    assert "self._out_packet.append(mpkt)" in source("_packet_queue")
    assert "self._on_socket_register_write is None" in source("_packet_queue")
    assert client.UNWRITTEN > inbox.ROOM


def test_a_websocket_frame_grows_in_one_place() -> None:
    wrapper = inspect.getsource(paho._WebsocketWrapper)
    reading = inspect.getsource(paho._WebsocketWrapper._recv_impl)
    assert ".recv(" not in reading
    assert "self._buffered_read(readindex)" in reading
    assert wrapper.count("_readbuffer.extend") == 2  # there, and in the opening handshake


def test_all_sockets_are_closed_by_one_call() -> None:
    assert "_sockpairR.close()" in source("_reset_sockets")
    assert "_sockpairW.close()" in source("_reset_sockets")
