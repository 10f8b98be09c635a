#!/usr/bin/env python3
"""Traces that other tools made are imported, shown, and exported again as they
were: every field of every span, in both forms of OTLP."""
import collections
import json
import os
import subprocess

import peers
from cli_support import Case, environment, main
from otlp_stored import said

HERE = os.path.dirname(os.path.abspath(__file__))
# Depth, name, kind, status, service of what foreign_producer.py makes.
TREE = {
    (0, "GET /basket", "server", "unset", "shop"),
    (1, "SELECT", "client", "ok", "shop"),
    (1, "publish", "producer", "unset", "shop"),
    (1, "take", "consumer", "unset", "shop"),
    (1, "inner", "internal", "error", "shop"),
    (0, "too much", "server", "unset", "joined"),
}


class Foreign(Case):
    store = ("--store", "store.db")

    def by_peer(self, script, *args):
        done = subprocess.run(
            [peers.python_of_peers(), "-B", os.path.join(HERE, script),
             *args], cwd=self.dir, env=environment(), capture_output=True,
            check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def decoded(self, name):
        """What the classes that OpenTelemetry publishes read in a file."""
        return said([json.loads(self.by_peer("otlp_decode.py", name))])

    def imports(self, name, count, sessions):
        self.assertIn(f"{sessions} sessions imported with {count} spans\n",
                      self.expect(0, "import", name, *self.store).err)

    def exported(self):
        """All of the store; the same in both forms."""
        lines = self.expect(0, "export", "--all", *self.store).out
        self.expect(0, "export", "--all", *self.store, "--format",
                    "otlp-proto", "-o", "exported.otlp")
        found = said(map(json.loads, lines.splitlines()))
        self.assertEqual(self.decoded("exported.otlp"), found)
        return found

    def tree(self):
        rows = [json.loads(line)["session"] for line in self.expect(
            0, "ls", "--json", *self.store).out.splitlines()]
        return {line for row in rows for line in self.tree_of(self.expect(
            0, "show", row, "--spans", "--json", *self.store).json()["spans"])}

    def tree_of(self, spans):
        depths = {0: -1}
        for span in spans:
            depths[span["number"]] = depths[span["parent"]] + 1
            yield (depths[span["number"]], span["name"], span["kind"],
                   span["status"], span["service"])


class OfPython(Foreign):
    def test_what_the_sdk_made_comes_out_as_it_went_in(self):
        self.by_peer("foreign_producer.py", "made")
        wanted = self.decoded("made")
        kinds = {kind for span in wanted.values()
                 for kind, _ in span["attributes"].values()}
        self.assertEqual(kinds, {
            "nothing", "stringValue", "boolValue", "intValue", "doubleValue",
            "arrayValue", "kvlistValue", "bytesValue"})
        self.imports("made", len(wanted), 2)
        self.assertEqual(self.exported(), wanted)
        self.assertEqual(self.tree(), TREE)
        self.imports_nothing_twice()

    def imports_nothing_twice(self):
        self.expect(0, "export", "--all", *self.store, "-o", "again")
        self.assertIn("0 sessions imported, 4 known already", self.expect(
            0, "import", "made", "again", *self.store).err)

    def test_what_it_sent_to_a_collector_is_imported_from_its_file(self):
        collector = peers.Collector(self)
        self.by_peer("foreign_producer.py", "made",
                     f"http://127.0.0.1:{collector.http}",
                     f"127.0.0.1:{collector.grpc}")
        first, second = collector.documents(12)  # by HTTP, then by gRPC
        wanted = said([first])
        self.assertEqual(said([second]), wanted)
        self.write("by_grpc", json.dumps(second))
        self.imports("by_grpc", len(wanted), 2)
        self.assertEqual(self.exported(), wanted)
        self.assertEqual(self.tree(), TREE)

    def test_what_it_sent_to_jaeger_is_imported_from_its_api(self):
        jaeger = peers.Jaeger(self)
        self.by_peer("foreign_producer.py", "made", "",
                     f"127.0.0.1:{jaeger.grpc}")
        traces = collections.Counter(
            span["trace"] for span in self.decoded("made").values())
        wanted = {}
        for number, (trace, count) in enumerate(traces.items()):
            # As it is: with each question Jaeger adds a warning to a span.
            answer, = jaeger.documents(trace, count)
            wanted.update(said([answer]))
            self.write(f"{number}.json", json.dumps({"result": answer}))
        self.assertEqual(len(wanted), 6)
        self.expect(0, "import", "0.json", "1.json", *self.store)
        self.assertEqual(self.exported(), wanted)
        self.assertEqual(self.tree(), TREE)


class OfTelemetrygen(Foreign):
    def test_its_traces_come_out_as_the_collector_got_them(self):
        program = peers.find("telemetrygen", "telemetrygen")
        collector = peers.Collector(self)
        subprocess.run(
            [program, "traces", "--otlp-insecure", "--otlp-endpoint",
             f"127.0.0.1:{collector.grpc}", "--traces", "4", "--child-spans",
             "3", "--status-code", "Error", "--service", "made", "--rate", "0",
             "--telemetry-attributes", 'n=1', "--otlp-attributes", 'k="v"'],
            check=True, capture_output=True, timeout=300)
        documents = collector.documents(16)
        self.write("made", "\n".join(map(json.dumps, documents)))
        wanted = said(documents)
        self.imports("made", 16, 4)
        self.assertEqual(self.exported(), wanted)
        self.assertEqual({(depth, status, service) for depth, _, _, status,
                          service in self.tree()},
                         {(0, "error", "made"), (1, "error", "made")})


if __name__ == "__main__":
    main()
