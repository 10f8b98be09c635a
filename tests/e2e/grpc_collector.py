"""A collector of OTLP over gRPC, as small as it can be: HTTP/2 without TLS, one
answer for everything, headers unread. It keeps the messages that came."""
import socketserver
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 4, 6, 8
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
STATUS_200 = b"\x88"  # of HPACK's static table


def literal(name, value):
    return (b"\x00" + bytes([len(name)]) + name.encode() +
            bytes([len(value)]) + value.encode())


class Connection(socketserver.StreamRequestHandler):
    def send(self, kind, flags, stream, payload=b""):
        self.wfile.write(struct.pack(">I", len(payload))[1:] +
                         bytes([kind, flags]) + struct.pack(">I", stream) +
                         payload)

    def frame(self):
        """(kind, flags, stream, payload), or None at the end."""
        head = self.rfile.read(9)
        if len(head) < 9:
            return None
        size = int.from_bytes(head[:3], "big")
        return (head[3], head[4], int.from_bytes(head[5:], "big"),
                self.rfile.read(size))

    def answer(self, stream):
        self.send(HEADERS, END_HEADERS, stream,
                  STATUS_200 + literal("content-type", "application/grpc"))
        self.send(DATA, 0, stream, bytes(5))  # a message without fields
        self.send(HEADERS, END_HEADERS | END_STREAM, stream,
                  literal("grpc-status", "0"))

    def take_data(self, flags, stream, payload):
        if payload:
            for number in (0, stream):
                self.send(WINDOW_UPDATE, 0, number,
                          struct.pack(">I", len(payload)))
        if flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        self.bodies[stream] = self.bodies.get(stream, b"") + payload
        if flags & END_STREAM:
            self.server.owner.take(self.bodies.pop(stream))
            self.answer(stream)

    def handle(self):
        self.bodies = {}
        if self.rfile.read(len(PREFACE)) != PREFACE:
            return
        self.send(SETTINGS, 0, 0)
        while (frame := self.frame()) is not None:
            kind, flags, stream, payload = frame
            if kind == DATA:
                self.take_data(flags, stream, payload)
            elif kind in (SETTINGS, PING) and not flags & ACK:
                self.send(kind, ACK, 0, payload if kind == PING else b"")


class GrpcCollector:
    def __init__(self):
        self.messages = []  # in protocol buffers
        self.broken = []  # what was no frame of gRPC
        self.server = socketserver.ThreadingTCPServer(
            ("127.0.0.1", 0), Connection)
        self.server.daemon_threads = True
        self.server.owner = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()

    def take(self, body):
        if len(body) < 5 or int.from_bytes(body[1:5], "big") != len(body) - 5:
            self.broken.append(body)
        self.messages.append(body[5:])

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        if self.broken:
            raise AssertionError(f"not framed as gRPC is: {self.broken}")
