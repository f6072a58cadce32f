"""Bytes in the kernel's buffers are seen, and those of other ports are not."""

import socket
import time

from model_store.sockets import bytes_under_way


def test_what_was_sent_and_not_yet_read_is_under_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            with accepted:
                assert bytes_under_way(port) == 0
                client.sendall(b"x" * 1000)
                time.sleep(0.05)
                assert bytes_under_way(port) >= 1000
                assert bytes_under_way(port + 1) == 0
                accepted.recv(2000)
                assert bytes_under_way(port) == 0
