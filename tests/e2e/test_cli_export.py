#!/usr/bin/env python3
"""export: which sessions, in which format, and what other decoders make of
the bytes."""
import json
import os
import pty
import shutil
import subprocess

from cli_plans import write_all
from cli_support import Case, environment, main

PEERS = os.environ.get("REPRISE_PEERS") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
    "reprise-peers")
PEER_PYTHON = os.path.join(PEERS, "python", "bin", "python")
DECODER = os.path.join(os.path.dirname(__file__), "otlp_decode.py")


def wire_fields(data):
    """(number, value) of a message of protocol buffers, by its own rules."""
    def varint(at):
        value = shift = 0
        while True:
            byte = data[at]
            value |= (byte & 127) << shift
            shift += 7
            at += 1
            if byte < 128:
                return value, at

    at = 0
    while at < len(data):
        tag, at = varint(at)
        size = {1: 8, 5: 4}.get(tag & 7)
        if tag & 7 == 0:
            value, at = varint(at)
        else:
            if tag & 7 == 2:
                size, at = varint(at)
            value, at = data[at:at + size], at + size
            assert len(value) == size, "a field is cut short"
        yield tag >> 3, value


def wire_spans(data):
    """The fields of every span of a TracesData."""
    return [list(wire_fields(span))
            for number, resource in wire_fields(data) if number == 1
            for number, scope in wire_fields(resource) if number == 2
            for number, span in wire_fields(scope) if number == 2]


def without_empty(node):
    """JSON may write an empty list, a message has nothing there."""
    if isinstance(node, dict):
        return {k: without_empty(v) for k, v in node.items()
                if v not in ([], {})}
    if isinstance(node, list):
        return [without_empty(item) for item in node]
    return node


class Export(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.sessions = []
        for name, status in (("ok.json", 0), ("degraded.json", 3),
                             ("failed.json", 1)):
            self.expect(status, "run", name, "--quiet")
            self.sessions.append(json.loads(self.expect(
                0, "ls", "--json", "--limit", "1").out)["session"])

    def lines(self, *args):
        return [json.loads(line) for line in
                self.expect(0, "export", *args).out.splitlines()]

    def proto(self, *args):
        return self.expect(0, "export", "--format", "otlp-proto",
                           *args).out_bytes

    def traces(self, *args):
        return [span["traceId"] for line in self.lines(*args)
                for resource in line["resourceSpans"]
                for scope in resource["scopeSpans"]
                for span in scope["spans"][:1]]


class Which(Export):
    def test_several_sessions_are_exported_in_their_order(self):
        each = [self.traces(session)[0] for session in self.sessions]
        self.assertEqual(len(set(each)), 3)
        self.assertEqual(self.traces(), each[2:])
        self.assertEqual(
            self.traces(self.sessions[1], self.sessions[0]),
            [each[1], each[0]])

    def test_one_that_is_named_twice_is_there_once(self):
        one = self.sessions[0]
        self.assertEqual(self.traces(one, one[-6:]), self.traces(one))

    def test_all_are_those_of_the_store(self):
        each = [self.traces(session)[0] for session in self.sessions]
        self.assertEqual(sorted(self.traces("--all")), sorted(each))
        self.assertEqual(
            len(wire_spans(self.proto("--all"))),
            sum(len(wire_spans(self.proto(s))) for s in self.sessions))
        self.assertIn("--all leaves no SESSION", self.expect(
            2, "export", "--all", self.sessions[0]).err)

    def test_sessions_are_chosen_as_ls_chooses_them(self):
        each = [self.traces(session)[0] for session in self.sessions]
        self.assertEqual(self.traces("--failed"), [each[2], each[1]])
        self.assertEqual(self.traces("--plan", "cl*"), each[::-1])
        self.assertEqual(self.traces("--plan", "other"), [])
        self.assertIn("no session of", self.expect(
            0, "export", "--plan", "other").err)
        self.assertEqual(self.traces("--since", "1h", "--failed"),
                         [each[2], each[1]])
        self.assertEqual(self.traces("--since", "2099-01-01T00:00:00Z"), [])
        self.assertEqual(self.traces("--tag", "a"), [])
        self.expect(2, "export", "--since", "x")
        self.assertIn("others are chosen", self.expect(
            2, "export", "--failed", self.sessions[0]).err)
        for args in (["--pending", "--failed"], ["--follow", "--since", "1h"]):
            self.assertIn("takes no SESSION", self.expect(
                2, "export", *args).err)

    def test_nothing_is_written_when_one_is_not_there(self):
        self.expect(2, "export", self.sessions[0], "NOSUCH", "-o", "out")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_a_format_that_is_not_known_is_named(self):
        err = self.expect(2, "export", "--format", "otlp-jsn").err
        self.assertIn("did you mean otlp-json?", err)
        self.expect(2, "export", "--format", "")

    def test_bytes_are_not_thrown_at_a_terminal(self):
        self.not_under_a_wrapper("it has the terminal")
        ours, theirs = pty.openpty()
        result = self.run_it("export", "--format", "otlp-proto", stdout=theirs)
        os.close(ours)
        os.close(theirs)
        self.assertEqual(result.status, 2)
        self.assertIn("-o FILE", result.err)


class Bytes(Export):
    def test_both_formats_say_the_same(self):
        for session in self.sessions:
            spans = [span for line in self.lines(session)
                     for resource in line["resourceSpans"]
                     for scope in resource["scopeSpans"]
                     for span in scope["spans"]]
            wire = wire_spans(self.proto(session))
            self.assertEqual(len(wire), len(spans))
            for fields, span in zip(wire, spans):
                one = dict(fields)
                self.assertEqual(one[1].hex(), span["traceId"])
                self.assertEqual(one[2].hex(), span["spanId"])
                self.assertEqual(one.get(4, b"").hex(),
                                 span.get("parentSpanId", ""))
                self.assertEqual(one[5].decode(), span["name"])
                self.assertEqual(one[6], span["kind"])
                self.assertEqual(str(int.from_bytes(one[7], "little")),
                                 span["startTimeUnixNano"])
                self.assertEqual(str(int.from_bytes(one[8], "little")),
                                 span["endTimeUnixNano"])
                self.assertEqual(int.from_bytes(one[16], "little"),
                                 span["flags"])
                for number, key in ((9, "attributes"), (11, "events"),
                                    (13, "links")):
                    self.assertEqual([n for n, _ in fields].count(number),
                                     len(span.get(key, [])))

    def test_protoc_reads_the_whole_file(self):
        protoc = shutil.which("protoc")
        if protoc is None:
            self.skipTest("protoc is not installed")
        data = self.proto("--all")
        decoded = subprocess.run([protoc, "--decode_raw"], input=data,
                                 capture_output=True, check=False)
        self.assertEqual(decoded.returncode, 0, decoded.stderr)
        self.assertIn(b'1: "service.name"', decoded.stdout)

    def decoded(self, *args):
        """The export as the classes that OpenTelemetry publishes read it."""
        if not os.path.exists(PEER_PYTHON):
            self.skipTest(f"{PEER_PYTHON} is not there; scripts/peers makes it")
        self.expect(0, "export", "--format", "otlp-proto", "-o", "out.otlp",
                    *args)
        result = subprocess.run(
            [PEER_PYTHON, DECODER, self.path("out.otlp")], env=environment(),
            capture_output=True, check=False)
        if b"No module named" in result.stderr:
            self.skipTest("opentelemetry-proto is not installed there")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_the_published_classes_decode_the_same_as_the_json(self):
        lines = [part for line in self.lines("--all")
                 for part in line["resourceSpans"]]
        self.assertEqual(without_empty(self.decoded("--all")),
                         without_empty({"resourceSpans": lines}))

    def test_values_at_the_limits_arrive_as_they_are(self):
        values = [
            {"stringValue": ""}, {"stringValue": "\u0000 \u20ac \U0001f600"},
            {"stringValue": "x" * 100}, {"stringValue": "q\"\\\n"},
            {"boolValue": False}, {"boolValue": True},
            {"intValue": "0"}, {"intValue": "-1"}, {"intValue": "127"},
            {"intValue": "128"}, {"intValue": str(2**63 - 1)},
            {"intValue": str(-2**63)}, {"doubleValue": 0.0},
            {"doubleValue": -1.5}, {"doubleValue": 1e300},
            {"doubleValue": 5e-324}, {"doubleValue": 0.1},
            {"doubleValue": 123456789.125}, {"doubleValue": "NaN"},
            {"doubleValue": "Infinity"}, {"doubleValue": "-Infinity"},
            {"bytesValue": "AP+A"},
            {"arrayValue": {"values": [{"stringValue": ""},
                                       {"intValue": "0"}]}},
            {"kvlistValue": {"values": [
                {"key": "$bytes", "value": {"boolValue": False}}]}},
        ]
        attributes = [{"key": f"k{i}", "value": value}
                      for i, value in enumerate(values)]
        span = {"traceId": "01" * 16, "spanId": "02" * 8, "name": "\u00e4",
                "kind": 5, "startTimeUnixNano": "1", "status": {"code": 1},
                "endTimeUnixNano": str(2**63 - 1), "flags": 0x301,
                "traceState": "a=1", "attributes": attributes,
                "droppedAttributesCount": 1, "droppedEventsCount": 2,
                "droppedLinksCount": 3,
                "events": [{"timeUnixNano": "5", "name": "e",
                            "attributes": attributes[:1],
                            "droppedAttributesCount": 4}],
                "links": [{"traceId": "03" * 16, "spanId": "04" * 8,
                           "traceState": "b=2", "attributes": attributes[:1],
                           "droppedAttributesCount": 5, "flags": 0x303}]}
        # one alone takes the short way through the encoder, all the long one
        spans = [{**span, "spanId": f"{i + 1:016x}", "attributes": [one]}
                 for i, one in enumerate(attributes)]
        document = {"resourceSpans": [{
            "resource": {"attributes": attributes}, "schemaUrl": "https://r",
            "scopeSpans": [{"scope": {"name": "s", "version": "1",
                                      "attributes": attributes},
                            "spans": spans + [span],
                            "schemaUrl": "https://s"}]}]}
        self.write("in.json", json.dumps(document))
        store = ("--store", self.path("other.db"))
        self.expect(0, "import", "in.json", *store)
        self.assertEqual(self.lines(*store), [document])
        self.assertEqual(self.decoded(*store), document)


if __name__ == "__main__":
    main()
