#!/usr/bin/env python3
"""Rules on where spans are sent: nothing that happens there changes a session,
and what was not delivered is told and delivered later."""
import peers
from cli_plans import write_all
from cli_support import Case, main
from collector import Collector
from grpc_collector import GrpcCollector

GIVE_UP_MS = "6000"  # enough to try once


class Exports(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.collector = Collector()
        self.addCleanup(self.collector.close)
        self.env = {**peers.PATIENT,
                    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
                    "OTEL_BSP_SCHEDULE_DELAY": "50"}

    def run_under(self, rule, status=0, **options):
        return self.expect(
            status, "run", "ok.json", "--quiet", "--otlp", self.collector.url,
            "--fault", rule, env=self.env, **options)

    def pending(self):
        return self.expect(0, "export", "--pending", "--otlp",
                           self.collector.url, env=self.env)

    def test_nothing_of_it_touches_the_session(self):
        plain = self.expect(0, "run", "ok.json", "--quiet").out
        self.env["OTEL_BSP_EXPORT_TIMEOUT"] = GIVE_UP_MS
        for fault, told in (("down", "Connection refused"),
                            ("hang", "no answer"),
                            ("503", "503"), ("429", "429")):
            result = self.run_under(f"export : export.{fault} => survived")
            self.assertEqual(result.out, plain)
            self.assertRegex(result.err, r"0 spans delivered, [1-9]\d* left")
            self.assertIn(told, result.err)
        self.assertEqual(self.collector.taken, [])
        self.env.update(peers.PATIENT)
        self.pending()
        self.assertGreater(len(self.collector.taken), 4)

    def test_what_happens_once_is_tried_again(self):
        for fault in ("down", "503", "429", "slow(10ms)"):
            self.run_under(f"export [1] : export.{fault} => survived")
            self.pending()
        ids = [span["spanId"] for span in self.collector.taken]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertGreater(len(ids), 4)

    def test_what_is_refused_is_told_and_never_sent_again(self):
        result = self.run_under("export : export.400 => survived")
        self.assertRegex(result.err, r"[1-9]\d* refused")
        self.pending()
        self.assertEqual(self.collector.taken, [])

    def test_one_that_is_refused_is_told_and_never_sent_again(self):
        for protocol in ("http/json", "http/protobuf"):
            self.env["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol
            result = self.run_under("export [1] : export.partial => survived")
            self.assertRegex(result.err, r"[1-9]\d* delivered|spans? delivered")
            self.assertIn("1 refused", result.err)
            before = len(self.collector.requests)
            self.pending()
            self.assertEqual(len(self.collector.requests), before)

    def test_over_grpc_there_are_more_messages_than_one(self):
        self.collector = GrpcCollector()
        self.addCleanup(self.collector.close)
        self.env["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc"
        for _ in range(3):
            self.expect(0, "run", "ok.json", "--quiet")
        self.assertRegex(self.pending().err, r"[1-9]\d* spans delivered")
        self.assertEqual(len(self.collector.messages), 3)

    def test_over_grpc_it_is_the_same(self):
        self.collector = GrpcCollector()
        self.addCleanup(self.collector.close)
        self.env["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc"
        plain = self.expect(0, "run", "ok.json", "--quiet").out
        self.pending()  # nothing is left of it
        result = self.run_under("export [1] : export.partial => survived")
        self.assertEqual(result.out, plain)
        self.assertIn("1 refused", result.err)
        self.assertRegex(result.err, r"[1-9]\d* spans? delivered")
        taken = len(self.collector.messages)
        self.assertGreater(taken, 0)
        self.pending()
        self.assertEqual(len(self.collector.messages), taken)
        result = self.run_under("export : export.400 => survived")
        self.assertRegex(result.err, r"[1-9]\d* refused")
        self.pending()
        self.assertEqual(len(self.collector.messages), taken)
        self.env["OTEL_BSP_EXPORT_TIMEOUT"] = GIVE_UP_MS
        for fault, told in (("down", "Connection refused"), ("503", "gRPC status 14"),
                            ("429", "gRPC status 14"), ("hang", "no answer")):
            result = self.run_under(f"export : export.{fault} => survived")
            self.assertEqual(result.out, plain)
            self.assertRegex(result.err, r"0 spans delivered, [1-9]\d* left")
            self.assertIn(told, result.err)
        self.assertEqual(len(self.collector.messages), taken)
        self.env.update(peers.PATIENT)
        self.run_under("export [1] : export.slow(10ms) => survived")
        self.pending()
        self.assertGreater(len(self.collector.messages), taken)

    def test_a_rule_that_met_no_request_is_told(self):
        result = self.run_under("export [99] : export.down => survived", 1)
        self.assertIn("never fired", result.err)
        self.assertIn("never fired",
                      self.run_under("export [99] : export.down", 1).err)

    def test_where_nothing_is_sent_nothing_is_started(self):
        self.assertIn("--otlp URL", self.expect(
            2, "run", "ok.json", "--fault", "export : export.down").err)


if __name__ == "__main__":
    main()
