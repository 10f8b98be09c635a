#!/usr/bin/env python3
"""verify: sessions that are whole, damaged, or sealed again by somebody who
knows how."""
import hashlib
import json
import os
import signal
import sqlite3
import time

from cli_plans import agent, plan, write_all
from cli_support import Case, main

SHIFT = 24  # of record.no, above it the number of the session
FLIPS_MAX = 12  # of one kind of bytes
DEADLINE_S = 600


class Verify(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def run_plan(self, name="ok.json", status=0):
        self.expect(status, "run", name, "--quiet")
        return json.loads(
            self.expect(0, "ls", "--json", "--limit", "1").out)["session"]

    def open(self):
        db = sqlite3.connect(self.path(".reprise", "store.db"))
        self.addCleanup(db.close)
        return db

    def change(self, sql, *values):
        with sqlite3.connect(self.path(".reprise", "store.db")) as db:
            count = db.execute(sql, values).rowcount
        db.close()
        self.assertGreater(count, 0, sql)

    def bodies(self):
        """The head and the records of the newest session, as values."""
        rows = self.open().execute(
            "SELECT body FROM record WHERE no >> ? = (SELECT max(no) FROM "
            "session) ORDER BY no", (SHIFT,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def seal(self, bodies, **columns):
        """Writes them back under digests that match."""
        digest = b""
        no = self.open().execute("SELECT max(no) FROM session").fetchone()[0]
        self.change("DELETE FROM record WHERE no >> ? = ?", SHIFT, no)
        for seq, body in enumerate(bodies):
            text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
            digest = hashlib.sha256(digest + text.encode()).digest()
            self.change("INSERT INTO record (no, at_ns, digest, body) "
                        "VALUES (?, ?, ?, ?)", no << SHIFT | seq,
                        int(body.get("at", 0)), digest, text)
        columns.update(chain=digest, last_seq=len(bodies) - 1)
        for name, value in columns.items():
            self.change(f"UPDATE session SET {name} = ? WHERE no = ?", value,
                        no)

    def divergence(self, *args):
        result = self.expect(1, "verify", "--json", *args).json()
        self.assertFalse(result["verifies"])
        return result["divergence"]

    def completion_of(self, bodies, path):
        for seq, body in enumerate(bodies):
            event = body.get("event", {})
            if event.get("path", "").startswith(path) and \
                    event["kind"] == "call_completed":
                return seq, body
        self.fail(f"no completion of {path}")


class Whole(Verify):
    def test_a_line_for_each_session_that_verifies(self):
        session = self.run_plan()
        self.assertRegex(
            self.expect(0, "verify").out,
            rf"^{session[-6:]} verifies: 3 records, \d+ decisions, "
            rf"3 actions\n$")

    def test_however_the_session_ended(self):
        ids = [self.run_plan("ok.json"), self.run_plan("degraded.json", 3),
               self.run_plan("failed.json", 1)]
        out = self.expect(0, "verify", "--all").out
        self.assertEqual(len(out.splitlines()), 3)
        self.assertEqual(
            [line[:6] for line in
             self.expect(0, "verify", *ids).out.splitlines()],
            [name[-6:] for name in ids])

    def test_retries_and_timeouts(self):
        self.write("p.json", plan({
            "labs": agent("exit3", retry={"attempts": 3, "backoff": "10ms"}),
            "notes": agent("slow", timeout="200ms", grace="100ms"),
            "rest": agent("good")}, need=1))
        self.expect(3, "run", "p.json", "--quiet")
        self.expect(0, "verify")

    def test_json_lines_meet_their_schema(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        self.write("schema.json", self.expect(0, "schema", "verify").out)
        self.write("good.json", self.expect(0, "verify", "--json").out)
        bodies = self.bodies()
        bodies[1]["decisions"].reverse()
        self.seal(bodies)
        self.write("bad.json", self.expect(1, "verify", "--json").out)
        for name in ("good.json", "bad.json"):
            self.expect(0, "check", "--format", "--schema", "schema.json",
                        name)

    def test_a_session_that_runs_verifies_so_far_and_when_cancelled(self):
        process = self.start("run", "slow.json", "--quiet")
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + DEADLINE_S
        while not os.path.exists(self.path("pids")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.assertIn("; it runs", self.expect(0, "verify").out)
        self.assertFalse(self.expect(0, "verify", "--json").json()["ended"])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=DEADLINE_S)
        self.assertTrue(self.expect(0, "verify", "--json").json()["ended"])

    def test_a_session_that_died_verifies_so_far(self):
        self.run_plan()
        for count in (3, 2, 1):
            bodies = self.bodies()[:count]
            self.seal(bodies, outcome=None, output=None,
                      last_ns=int(bodies[-1].get("at", 0)))
            result = self.expect(0, "verify")
            self.assertIn(f" verifies: {count - 1} record", result.out)
            self.assertIn("; it did not end", result.out)

    def test_what_is_wrong_on_the_command_line(self):
        self.run_plan()
        self.expect(2, "verify", "ZZZZZZ")
        self.expect(2, "verify", "--all", "x")
        self.expect(2, "verify", "--plan", "none.json")
        self.expect(2, "verify", "--what")
        self.expect(4, "verify", "--store", "none.db")
        self.expect(0, "verify", "--store", ".reprise/store.db")

    def test_a_name_that_is_wrong_is_told_before_anything_is_verified(self):
        session = self.run_plan()
        self.assertEqual(self.expect(2, "verify", session, "ZZZZZZ").out, "")


class Damaged(Verify):
    """One bit, anywhere."""

    def flips(self, table, column, key):
        """Flips a bit in every n-th byte of the column, one at a time."""
        db = self.open()
        rows = db.execute(f"SELECT {key}, CAST({column} AS BLOB) FROM {table} "
                          f"WHERE {column} IS NOT NULL").fetchall()
        db.close()
        kind = "TEXT" if column == "body" else "BLOB"
        for row_key, old in rows:
            step = max(1, len(old) * len(rows) // FLIPS_MAX)
            for at in range(len(old) // 3 % step, len(old), step):
                new = bytearray(old)
                new[at] ^= 1
                sql = (f"UPDATE {table} SET {column} = CAST(? AS {kind}) "
                       f"WHERE {key} = ?")
                self.change(sql, bytes(new), row_key)
                yield row_key, at
                self.change(sql, old, row_key)

    def damaged_at(self, seq, *where):
        divergence = self.divergence()
        self.assertEqual((divergence["class"], divergence["record"]),
                         ("damaged", seq), (where, divergence))
        self.assertNotEqual(divergence["what"], "")

    def test_in_a_record_is_found_with_its_number(self):
        self.run_plan()
        for column in ("body", "digest"):
            for no, at in self.flips("record", column, "no"):
                self.damaged_at(no & (1 << SHIFT) - 1, column, no, at)
        self.expect(0, "verify")

    def test_in_a_payload_is_found_with_who_refers_to_it(self):
        self.run_plan()
        texts = [json.dumps(body) for body in self.bodies()]
        db = self.open()
        first = {}
        for no, digest in db.execute("SELECT no, hex(digest) FROM payload"):
            first[no] = next(seq for seq, text in enumerate(texts)
                             if digest.lower() in text)
        db.close()
        count = 0
        for table in ("payload", "payload_large"):
            for no, at in self.flips(table, "bytes", "no"):
                self.damaged_at(first[no], table, no, at)
                count += 1
        self.assertGreater(count, 4)
        self.expect(0, "verify")

    def test_a_record_that_is_gone(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        self.change("DELETE FROM record WHERE no & 255 = 2")
        self.damaged_at(2)

    def test_the_last_record_that_is_gone(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        self.change("DELETE FROM record WHERE no & 255 = 3")
        self.damaged_at(3)

    def test_a_payload_that_is_gone(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        output = self.bodies()[-1]["event"]["output"]["digest"]
        self.change("DELETE FROM payload WHERE lower(hex(digest)) = ?", output)
        self.damaged_at(3)

    def test_in_what_lists_show_of_its_end(self):
        self.run_plan()
        for column, value, seq in (
                ("outcome", "failed", 3), ("outcome", None, 3),
                ("output", None, 3), ("delivered", 7, 3), ("last_ns", 1, 3),
                ("chain", b"x" * 32, 3), ("last_seq", 4, 4),
                ("plan_name", "other", 0), ("seed", "7", 0)):
            db = self.open()
            old = db.execute(f"SELECT {column} FROM session").fetchone()[0]
            db.close()
            self.change(f"UPDATE session SET {column} = ?", value)
            self.damaged_at(seq, column, value)
            self.change(f"UPDATE session SET {column} = ?", old)
        self.expect(0, "verify")

    def test_the_others_are_verified_all_the_same(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        self.change("UPDATE record SET body = 'x' WHERE no & 255 = 1")
        good = self.run_plan()
        lines = self.expect(1, "verify", "--all").out.splitlines()
        self.assertEqual(lines[0][:15], f"{good[-6:]} verifies")
        self.assertIn("is damaged at record 1: record 1", lines[1])


class SealedAgain(Verify):
    """Every digest matches; what was decided does not."""

    def test_as_it_was_it_verifies(self):
        self.run_plan()
        self.seal(self.bodies())
        self.expect(0, "verify")

    def test_a_duration_that_changes_no_decision_verifies(self):
        self.run_plan()
        bodies = self.bodies()
        _, body = self.completion_of(bodies, "gather/labs@1")
        body["event"]["duration"] = "1"
        self.seal(bodies)
        self.expect(0, "verify")

    def test_another_output_is_another_decision(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        bodies = self.bodies()
        seq, body = self.completion_of(bodies, "gather/labs@1")
        _, other = self.completion_of(bodies, "gather/notes@1")
        body["event"]["output"] = other["event"]["output"]
        self.seal(bodies)
        divergence = self.divergence()
        self.assertEqual(
            (divergence["class"], divergence["record"], divergence["path"]),
            ("decision", seq, "gather/labs@1"))
        self.assertIn("/attrs/output/answer: 42 -> nothing",
                      divergence["differences"])

    def test_a_completion_past_its_timeout_is_a_matter_of_timing(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        bodies = self.bodies()
        seq, body = self.completion_of(bodies, "gather/labs@1")
        for later in bodies[seq:]:
            later["at"] = str(int(later["at"]) + 1000 * 10**9)
        self.seal(bodies, last_ns=int(bodies[-1]["at"]))
        divergence = self.divergence()
        self.assertEqual((divergence["class"], divergence["record"]),
                         ("timing", seq))
        self.assertIn(divergence["path"], ("gather/labs@1", "gather/notes@1"))
        self.assertIn("timeout", divergence["now"]["timer"])

    def test_decisions_in_another_order(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        bodies = self.bodies()
        bodies[1]["decisions"].reverse()
        self.seal(bodies)
        divergence = self.divergence()
        self.assertEqual((divergence["class"], divergence["record"]),
                         ("order", 1))

    def test_what_is_most_alike_is_named(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        bodies = self.bodies()
        seq, body = self.completion_of(bodies, "gather/labs@1")
        decisions = body["decisions"]
        decisions[0], decisions[1] = decisions[1], decisions[0]
        decisions[0]["attrs"]["attempts"] = 7
        self.seal(bodies)
        divergence = self.divergence()
        self.assertEqual(
            (divergence["class"], divergence["record"], divergence["path"],
             divergence["nearest"]),
            ("missing", seq, "gather/labs", "task_ended gather/labs (ok)"))
        self.assertNotIn("now", divergence)

    def test_actions_left_out_and_added(self):
        self.leaves_what_does_not_verify()
        for edit, kind in ((lambda a: a.pop(), "extra"),
                           (lambda a: a.append(a[0]), "missing")):
            self.run_plan()
            bodies = self.bodies()
            edit(bodies[1]["actions"])
            self.seal(bodies)
            divergence = self.divergence()
            self.assertEqual((divergence["class"], divergence["record"]),
                             (kind, 1))

    def test_a_session_that_ended_must_have_its_end(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        bodies = self.bodies()[:-1]
        self.seal(bodies, last_ns=int(bodies[-1]["at"]))
        self.assertEqual(self.divergence()["class"], "damaged")

    def test_a_newer_engine_is_not_guessed_at(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        bodies = self.bodies()
        bodies[0]["engine_rev"] = 999
        self.seal(bodies, engine_rev=999)
        self.assertIn("revision 999", self.expect(4, "verify").err)

    def test_what_a_person_sees(self):
        self.leaves_what_does_not_verify()
        session = self.run_plan("failed.json", 1)
        bodies = self.bodies()
        _, body = self.completion_of(bodies, "gather/notes@1")
        body["event"]["exit_status"] = 0
        self.seal(bodies)
        lines = self.expect(1, "verify").out.splitlines()
        self.assertRegex(
            lines[0], rf"^{session[-6:]} diverges at record \d: decision$")
        labels = [line[2:11].strip() for line in lines[1:]]
        for label in ("what", "path", "lane", "recorded", "now", "differs",
                      "equal"):
            self.assertIn(label, labels)


class OtherPlan(Verify):
    def test_the_same_plan_under_another_name_verifies(self):
        self.run_plan()
        with open(self.path("ok.json"), encoding="utf-8") as file:
            document = json.load(file)
        document["name"] = "other"
        document["agents"]["labs"]["timeout"] = "19s"
        self.write("other.json", json.dumps(document))
        self.expect(0, "verify", "--plan", "other.json")

    def test_fewer_attempts_decide_otherwise(self):
        def clinic(attempts):
            return plan({"labs": agent("exit3", retry={
                "attempts": attempts, "backoff": "10ms"})})
        self.write("three.json", clinic(3))
        self.write("one.json", clinic(1))
        self.run_plan("three.json", 1)
        self.expect(0, "verify", "--plan", "three.json")
        divergence = self.divergence("--plan", "one.json")
        self.assertEqual((divergence["class"], divergence["path"]),
                         ("decision", "gather/labs"))
        self.assertEqual(divergence["recorded"]["kind"], "retry")
        self.assertEqual(divergence["now"]["kind"], "task_ended")

    def test_another_input_is_told_by_its_members(self):
        def clinic(question):
            return json.dumps({
                "reprise": 1, "name": "clinic",
                "agents": {"labs": agent("good")},
                "flow": {"id": "labs", "agent": "labs",
                         "input": {"ask": question}}})
        self.write("a.json", clinic("this"))
        self.write("b.json", clinic("that"))
        self.run_plan("a.json")
        divergence = self.divergence("--plan", "b.json")
        self.assertEqual(
            (divergence["class"], divergence["path"],
             divergence["differences"]),
            ("input_changed", "labs", ['/ask: "this" -> "that"']))

    def test_a_plan_that_is_wrong_is_told(self):
        self.run_plan()
        self.write("bad.json", "{")
        self.expect(2, "verify", "--plan", "bad.json")


if __name__ == "__main__":
    main()
