"""A tiny real service for the tests of the stack: alive, ready, echoes, and does badly on demand."""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandIn(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/api/leads/slow":
            time.sleep(3)
        self._answer(f"{sys.argv[1]} {self.path}")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(f"{sys.argv[1]} {self.path} {len(body)}")

    def _answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


if "LIANDONG_PORT" in os.environ:
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["LIANDONG_PORT"])), StandIn).serve_forever()
else:
    time.sleep(3600)
