#!/usr/bin/env python3
"""10,000 random sessions as OTLP, by the test program that RP_TRIP names: what
the classes that OpenTelemetry publishes read out of every byte."""
import os
import subprocess
import sys

from cli_support import Case, environment, main
from test_cli_export import PEER_PYTHON

COMPARE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "otlp_compare.py")


class Random(Case):
    def test_each_is_read_as_it_was_written(self):
        if not os.path.exists(PEER_PYTHON):
            self.skipTest(f"{PEER_PYTHON} is not there; scripts/peers makes it")
        made = subprocess.run(
            [os.environ["RP_TRIP"]], capture_output=True, check=False,
            env=environment(RP_TEST_DUMP=self.path("dump")))
        self.assertEqual(made.returncode, 0, made.stderr)
        compared = subprocess.run(
            [PEER_PYTHON, COMPARE, self.path("dump.otlp"),
             self.path("dump.jsonl")],
            env=environment(), capture_output=True, check=False, text=True)
        if "No module named 'opentelemetry" in compared.stderr:
            self.skipTest("opentelemetry-proto is not installed there")
        self.assertEqual(compared.returncode, 0, compared.stderr[-9000:])
        print(compared.stdout.strip(), "spans compared", file=sys.stderr)
        self.assertGreater(int(compared.stdout), 20000)


if __name__ == "__main__":
    main()
