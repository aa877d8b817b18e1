from __future__ import annotations

import socket

from pipeline.screens.at_once import send_at_once


def test_connections_accepted_from_then_on_do_not_hold_small_messages_back() -> None:
    with socket.socket() as server, socket.socket() as visitor:  # made as Streamlit makes its own: no protocol named
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert send_at_once() >= 1
        visitor.connect(server.getsockname())
        accepted, _ = server.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_closed_sockets_are_left_alone() -> None:
    over = socket.socket()
    over.close()
    send_at_once()
    assert over.fileno() == -1
