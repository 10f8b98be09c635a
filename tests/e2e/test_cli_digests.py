#!/usr/bin/env python3
"""Digests that leave the store: nobody can find out what a short payload is by
trying."""
import json
import re
import sqlite3

from cli_support import main
from collector import Collector
from otlp_stored import DIGESTS, keyed
from peers import PATIENT
from test_cli_telemetry import Telemetry, attributes


class Digests(Telemetry):
    FORMATS = ("otlp-json", "otlp-proto", "jaeger", "chrome", "jsonl", "dot",
               "mermaid")

    def sql(self, text, path=".reprise/store.db"):
        db = sqlite3.connect(self.path(path))
        rows = db.execute(text).fetchall()
        db.commit()
        db.close()
        return rows

    def plain(self):
        return {digest for text, in self.sql(
            "SELECT lower(hex(digest)) FROM payload UNION SELECT attributes "
            "FROM span UNION SELECT attributes FROM span_event")
                for digest in re.findall("[0-9a-f]{64}", text)}

    def exported(self):
        """The digests of every span and event."""
        return {value for span in self.spans()
                for node in (span, *span.get("events", []))
                for key, value in attributes(node).items()
                if key.endswith(DIGESTS)}

    def test_they_are_keyed_with_what_only_the_store_has(self):
        self.expect(0, "run", "ok.json", "--quiet", "--fault",
                    "labs : out.no_final_newline")
        key, = self.sql("SELECT key FROM digest_key")[0]
        self.assertEqual(len(key), 32)
        digests = self.exported()
        self.assertGreater(len(digests), 4)
        self.assertLessEqual(
            digests, {keyed(key, digest) for digest in self.plain()})

    def test_no_format_has_a_plain_one(self):
        plain = self.plain()
        for name in self.FORMATS:
            for capture in ("none", "full"):
                out = self.expect(0, "export", "--format", name, "--capture",
                                  capture, "-o", "out").out
                with open(self.path("out"), "rb") as file:
                    out = file.read()
                self.assertGreater(len(out), 300)
                for digest in plain:
                    self.assertNotIn(digest.encode(), out, name)

    def test_none_is_sent_plain(self):
        collector = Collector()
        self.addCleanup(collector.close)
        self.expect(0, "export", "--otlp", collector.url, env={
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", **PATIENT})
        sent = json.dumps(collector.taken)
        self.assertIn(".digest", sent)
        for digest in self.plain():
            self.assertNotIn(digest, sent)

    def test_each_store_has_its_own_key_and_keeps_it(self):
        first = self.export()
        self.assertEqual(self.export(), first)
        self.expect(0, "bundle", "-o", "b.bundle")
        self.expect(0, "import", "b.bundle", "--store", "other.db")
        keys = {self.sql("SELECT key FROM digest_key", path)[0][0]
                for path in (".reprise/store.db", "other.db")}
        self.assertEqual(len(keys), 2)
        self.assertNotEqual(self.export("--store", "other.db"), first)

    def test_what_others_keyed_is_left_as_it_is(self):
        self.expect(0, "export", "-o", "spans")
        self.expect(0, "import", "spans", "--store", "other.db")
        self.assertEqual(self.export("--store", "other.db"), self.export())

    def test_an_older_store_has_none_and_exports_no_digest(self):
        self.sql("DROP TABLE digest_key")
        for column in ("resource_dropped", "scope_dropped"):
            self.sql(f"ALTER TABLE span_origin DROP COLUMN {column}")
        self.sql("PRAGMA user_version = 4")
        self.assertIn("has no key for digests: they are left out",
                      self.expect(0, "export").err)
        self.assertEqual(self.exported(), set())
        collector = Collector()
        self.addCleanup(collector.close)
        self.assertIn("has no key for digests: they are left out", self.expect(
            0, "export", "--otlp", collector.url, env={
                "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", **PATIENT}).err)
        self.assertNotIn(".digest", json.dumps(collector.taken))
        self.expect(0, "store", "migrate")
        self.assertNotEqual(self.exported(), set())


if __name__ == "__main__":
    main()
