"""Receivers of webhooks for tests: real servers on this machine that remember what they were sent."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


class Receiver:
    """Answers every POST by `answer(request) -> (status, headers, body)` and keeps what it got in `received`."""

    def __init__(self, answer=None, delay=0.0):
        self.received = []
        self.answer = answer or (lambda request: (200, {}, b"ok"))
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver._lock:
                    receiver._now += 1
                    receiver.most_at_once = max(receiver.most_at_once, receiver._now)
                    request = {
                        "path": self.path,
                        "headers": dict(self.headers),
                        "body": body,
                        "at": time.time(),
                    }
                    receiver.received.append(request)
                time.sleep(delay)
                with receiver._lock:
                    receiver._now -= 1
                status, headers, answer = receiver.answer(request)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"

    def __enter__(self):
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *exc):
        self._server.shutdown()
        self._server.server_close()
