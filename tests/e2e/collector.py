"""A collector of OTLP over HTTP that answers as it is told, and keeps what
came. One thread a connection; on a free port of the loopback. Where the classes
that OpenTelemetry publishes are there (scripts/peers python) they read every
request, and a test fails that sent what they do not accept."""
import atexit
import base64
import gzip
import http.server
import json
import os
import socket
import subprocess
import threading
import unittest

import peers
from otlp_stored import said

ACCEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "otlp_accept.py")


class Answer:
    """What is done with one request; `take`: whether its spans count."""

    def __init__(self, status=200, body=b"", headers=None, take=None,
                 action=None):
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.take = status == 200 if take is None else take
        self.action = action  # "hang", "close", "cut", "garbage"


OK = Answer()


class Official:
    """The classes, in a process of their own."""

    def __init__(self):
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [peers.python_of_peers(), "-B", ACCEPT], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self.end)
        self.read("/v1/traces", "application/json", b"{}")  # it is there

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def read(self, path, kind, body):
        """{"document": …} or {"error": …}"""
        with self.lock:
            self.process.stdin.write(json.dumps({
                "path": path, "type": kind,
                "body": base64.b64encode(body).decode()}) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())


OFFICIAL = []  # one for all tests of a program, once it was wanted


def official():
    """Or None, where they are not there."""
    if not OFFICIAL:
        try:
            OFFICIAL.append(Official())
        except unittest.SkipTest:
            OFFICIAL.append(None)
    return OFFICIAL[0]


class Collector:
    def __init__(self, answers=(), otherwise=OK):
        """The answers in turn, then always the other one."""
        official()  # takes its time to begin, and no request's
        self.answers = list(answers)
        self.otherwise = otherwise
        self.requests = []  # (path, headers, document)
        self.taken = []  # spans, as JSON has them
        self.accepted = 0  # requests, by the official classes
        self.refused = []  # why, by them
        self.changed = threading.Condition()
        self.released = threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                owner.handle(self)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        if self.refused:
            raise AssertionError(f"not accepted: {self.refused}")

    def read(self, path, kind, body):
        """The document; protocol buffers need the official classes."""
        document = json.loads(body) if kind == "application/json" else None
        if official() is None:
            return document
        answer = official().read(path, kind, body)
        if "error" in answer:
            self.refused.append(answer["error"])
            return None
        if document is not None and path.endswith("/v1/traces") and \
                said([answer["document"]]) != said([document]):
            self.refused.append(f"{answer['document']} was read of {document}")
        self.accepted += 1
        return answer["document"] if document is None else document

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers["content-length"]))
        if handler.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        document = self.read(handler.path, handler.headers["content-type"],
                             body)
        with self.changed:
            answer = self.answers.pop(0) if self.answers else self.otherwise
            self.requests.append(
                (handler.path, dict(handler.headers), document))
            if answer.take and document is not None:
                self.taken += spans_of(document)
            self.changed.notify_all()
        self.answer(handler, answer)

    def answer(self, handler, answer):
        if answer.action == "hang":
            self.released.wait(3600)
            handler.close_connection = True
            return
        if answer.action == "close":
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if answer.action == "garbage":
            handler.close_connection = True
            handler.wfile.write(b"\x00\xffnot HTTP at all\r\n\r\n")
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        length = len(answer.body)
        if answer.action == "cut":
            length += 100
            handler.close_connection = True
        handler.send_header("content-length", str(length))
        handler.end_headers()
        handler.wfile.write(answer.body)

    def wait_for_requests(self, count, timeout_s=300):
        with self.changed:
            return self.changed.wait_for(
                lambda: len(self.requests) >= count, timeout_s)


def spans_of(document):
    return [span for resource in document.get("resourceSpans", [])
            for scope in resource["scopeSpans"] for span in scope["spans"]]
