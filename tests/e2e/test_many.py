#!/usr/bin/env python3
"""Many at once: sessions on one store, and workers in one session."""
import json

from cli_support import Case, TIMEOUT_S, WRAPPER, main

SESSIONS = 16
CHILDREN = 100 if WRAPPER else 1000
IN_FLIGHT = 64


class Many(Case):
    def test_sessions_share_a_store(self):
        self.write("say", "#!/bin/sh\nprintf '{\"path\":\"%s\"}' "
                   "\"$REPRISE_PATH\"\n", 0o755)
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "shared",
            "agents": {"say": {"exec": ["./say"]}},
            "flow": {"id": "all", "parallel": {
                f"s{i}": {"agent": "say"} for i in range(8)}}}))
        runs = [self.start("run", "plan.json", "--quiet")
                for _ in range(SESSIONS)]
        for run in runs:
            out, err = run.communicate(timeout=TIMEOUT_S)
            self.assertEqual((run.returncode, err), (0, b""))
            self.assertEqual(json.loads(out)["s3"], {"path": "all/s3@1"})
        listed = self.expect(0, "ls", "--json").out.splitlines()
        self.assertEqual(len(listed), SESSIONS)
        for line in listed:
            session = json.loads(line)
            self.assertEqual(session["status"], "ok")
            self.expect(0, "verify", session["session"])

    def test_a_thousand_workers_deliver(self):
        self.write("n", "#!/bin/sh\nprintf '%s' \"$1\"\n", 0o755)
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "wide", "concurrency": IN_FLIGHT,
            "agents": {"n": {"exec": ["./n", "${{ input }}"]}},
            "flow": {"id": "all", "parallel": {
                f"c{i}": {"agent": "n", "input": i}
                for i in range(CHILDREN)}}}))
        result = self.expect(0, "run", "plan.json", "--envelope")
        envelope = result.json()
        self.assertEqual(envelope["outcome"], "ok")
        self.assertEqual(envelope["output"],
                         {f"c{i}": i for i in range(CHILDREN)})
        self.expect(0, "verify")


if __name__ == "__main__":
    main()
