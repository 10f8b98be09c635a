#!/usr/bin/env python3
"""The failed parts of a session again: what was accepted is not asked for a
second time."""
import json
import os
import sqlite3

from cli_plans import WORKERS
from cli_support import Case, main

WORKER = """#!/bin/sh
echo "$REPRISE_PATH" >>began.log
[ -e broken ] && [ "$1" = 2 ] && exit 3
printf '{"n":%s}' "$1"
"""


class Retry(Case):
    def setUp(self):
        super().setUp()
        self.write("worker", WORKER, 0o755)
        self.write("join", WORKERS["total"], 0o755)
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "again",
            "agents": {"w": {"exec": ["./worker", "${{ input }}"],
                             "retry": {"attempts": 1}},
                       "join": {"exec": ["./join"]}},
            "flow": {"sequence": [
                {"id": "all", "need": 2, "parallel": {
                    f"w{i}": {"agent": "w", "input": i}
                    for i in (1, 2, 3)}},
                {"id": "total", "agent": "join",
                 "input": {"from": "all"}}]}}))

    def began(self):
        return self.words_of("began.log")

    def run_broken(self, status=3):
        self.write("broken", "")
        result = self.expect(status, "run", "plan.json", "--tag", "ward=7")
        os.unlink(self.path("began.log"))
        return result

    def test_only_what_failed_and_what_depends_on_it_runs(self):
        self.assertEqual(self.run_broken().json(), {"total": 4})
        first = json.loads(self.expect(0, "ls", "--json").out)["session"]
        os.unlink(self.path("broken"))
        self.assertEqual(self.expect(0, "retry").json(), {"total": 6})
        self.assertEqual(self.began(), ["all/w2@1", "total@1"])
        last = json.loads(
            self.expect(0, "ls", "--json", "--limit", "1").out)
        self.assertNotEqual(last["session"], first)
        self.assertEqual(last["tags"], {"ward": "7", "retry_of": first})
        self.expect(0, "verify", "--all")
        self.assertIn("identical", self.expect(0, "replay").err)

    def test_it_may_fail_again_and_be_tried_again(self):
        self.run_broken()
        self.expect(3, "retry")
        self.assertEqual(self.began(), ["all/w2@1"])  # the total is as it was
        os.unlink(self.path("broken"))
        self.assertEqual(self.expect(0, "retry").json(), {"total": 6})
        self.assertEqual(self.began(), ["all/w2@1", "all/w2@1", "total@1"])

    def test_what_ended_well_is_refused(self):
        self.expect(0, "run", "plan.json")
        self.assertIn("nothing of it failed", self.expect(2, "retry").err)

    def test_what_was_altered_is_refused(self):
        self.leaves_what_does_not_verify()
        self.run_broken()
        with sqlite3.connect(self.path(".reprise", "store.db")) as database:
            database.execute("UPDATE record SET digest = zeroblob(32)"
                             " WHERE no & 16777215 = 2")
        database.close()
        self.assertIn("damaged", self.expect(1, "retry").err)


if __name__ == "__main__":
    main()
