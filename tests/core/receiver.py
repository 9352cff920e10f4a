"""What stands at the other end of outgoing requests in tests: resolvers and servers that do as a test chooses."""

import contextlib
import socket
import ssl
import threading

from apps.core import outbound


class Receiver:
    """Accepts connections one by one, reads a request and sends the bytes or the pieces it was given."""

    def __init__(self, pieces, *, tls=None, wait=0.0):
        self.requests = []
        self._pieces = [pieces] if isinstance(pieces, bytes) else pieces
        self._tls = tls
        self._wait = wait
        self._stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        self._thread.join(5)
        self._socket.close()

    def _run(self):
        while not self._stop.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            with contextlib.suppress(OSError), connection:
                self._answer(connection)

    def _answer(self, connection):
        connection.settimeout(2)
        if self._tls is None:
            self._talk(connection)
            return
        with self._tls.wrap_socket(connection, server_side=True) as encrypted:
            self._talk(encrypted)

    def _talk(self, connection):
        self.requests.append(self._read(connection))
        for piece in self._pieces:
            if self._stop.is_set():
                return
            connection.sendall(piece)
            self._stop.wait(self._wait)
        connection.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _read(connection):
        text = b""
        while b"\r\n\r\n" not in text:
            text += connection.recv(65536)
        head, _, body = text.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


def server_tls(certificate_file, key_file):
    """Return the TLS side of a receiver."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return context


def resolve_to(monkeypatch, *answers):
    """Let the resolver give these lists of addresses one after the other, the last one for ever."""
    left = list(answers)
    asked = []

    def getaddrinfo(host, port, *args, **kwargs):
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in text else socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))
            for text in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def send(url, **options):
    return outbound.post(url, headers={"Authorization": "kept as it is"}, body=b"{}", **options)
