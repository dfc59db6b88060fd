"""How the web's processes and the query workers talk: one message each way over a Unix socket.

A message is a JSON header after its length, then a body; a body too large to be copied is a file
whose descriptor is handed over. The worker acknowledges a request before it begins to work on it.
"""

import array
import json
import os
import socket
import struct
from typing import Any, BinaryIO

ACKNOWLEDGED = b"+"
_LENGTHS = struct.Struct("!II")
_INLINE, _LARGEST = 256 * 1024, 64 * 1024 * 1024
_AT_ONCE = 64 * 1024  # a message has mostly come as a whole, and each look for more costs time


def send(connection: socket.socket, header: dict[str, Any], body: bytes = b"") -> None:
    """Send a message whose body lies in memory."""
    text = json.dumps(header).encode()
    connection.sendall(_LENGTHS.pack(len(text), len(body)) + text + body)


def send_file(connection: socket.socket, header: dict[str, Any], file: BinaryIO) -> None:
    """Send a message whose body is a file: copied when small, else handed over."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size <= _INLINE:
        send(connection, header, file.read())
        return
    text = json.dumps({**header, "size": size}).encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file.fileno()]))]
    first = _LENGTHS.pack(len(text), 0)
    connection.sendmsg([first], rights)
    connection.sendall(text)


def receive(connection: socket.socket) -> tuple[dict[str, Any], bytes | BinaryIO]:
    """The next message; raises EOFError when the other side is gone or talks nonsense."""
    room = socket.CMSG_SPACE(array.array("i").itemsize)
    told, extra, _, _ = connection.recvmsg(_AT_ONCE, room)
    handed = array.array("i")
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            handed.frombytes(data[: len(data) - len(data) % handed.itemsize])
    told += _exactly(connection, _LENGTHS.size - len(told))
    header_length, body_length = _LENGTHS.unpack_from(told)
    if header_length > _LARGEST or body_length > _LARGEST:
        raise EOFError
    end = _LENGTHS.size + header_length
    told += _exactly(connection, end + body_length - len(told))
    header: dict[str, Any] = json.loads(told[_LENGTHS.size : end])
    if handed:
        return header, os.fdopen(handed[0], "rb")
    return header, told[end:]


def _exactly(connection: socket.socket, length: int) -> bytes:
    parts = []
    while length > 0:
        part = connection.recv(min(length, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
