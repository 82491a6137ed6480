"""The socket under the client, over a pair of real ones whose other end the test holds."""

import socket
import threading

import httpcore
import pytest

from outbound.clock import boottime
from outbound.wire import Call, Stream, Wire


def line(sock: socket.socket, **call: float) -> Stream:
    wire = Wire(public_only=False)
    wire.call = Call(deadline=boottime() + 5, **call)
    return Stream(sock, wire)


def test_head_and_body_leave_in_one_packet() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        stream = line(ours)
        stream.write(b"POST / HTTP/1.1\r\n\r\n")
        stream.write(b"body")
        theirs.send(b"answer")
        assert stream.read(100) == b"answer"
        assert theirs.recv(100) == b"POST / HTTP/1.1\r\n\r\nbody"


def test_nothing_leaves_while_the_request_is_not_whole() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = line(ours)
        stream.write(b"POST / HTTP/1.1\r\n\r\n")
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(100)


def test_what_is_held_too_long_never_leaves() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = line(ours, send_by=boottime() - 1)
        stream.write(b"late")
        with pytest.raises(httpcore.WriteTimeout):
            stream.read(100)
        ours.close()
        assert theirs.recv(100) == b""


def test_who_answers_before_the_end_and_hangs_up_is_heard() -> None:
    ours, theirs = socket.socketpair()

    def answer() -> None:
        with theirs:
            theirs.recv(1000)
            theirs.sendall(b"too long")

    peer = threading.Thread(target=answer)
    peer.start()
    with ours:
        stream = line(ours)
        stream.write(b"x" * 8_000_000)
        assert stream.read(100) == b"too long"
    peer.join(5)
