"""A port of loopback that no product code may connect to."""

import socket


class Listener:
    """Counts the connections that reach a port of loopback."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/x"

    def calls(self) -> int:
        count = 0
        while True:
            try:
                self._socket.accept()[0].close()
                count += 1
            except BlockingIOError:
                return count

    def close(self) -> None:
        self._socket.close()
