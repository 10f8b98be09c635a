#!/usr/bin/env python3
"""Faults under the store that may cost what it holds: the power fails, the disk
keeps something else, the file is gone or cannot be written. What is left of a
session is a beginning of it, what was altered is found, and who lost something
says so."""
import json
import os
import shutil
import sqlite3

from cli_plans import agent, plan, write_all
from cli_support import Case, main


class Store(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.plain = self.expect(0, "run", "ok.json", "--quiet").out

    def on_its_own(self, rule, *more, **options):
        """A run in a store that is made for it."""
        for end in ("", "-wal", "-shm"):
            if os.path.exists(self.path("own.db" + end)):
                os.unlink(self.path("own.db" + end))
        return self.run_it("run", "ok.json", "--store", "own.db", "--progress",
                           "none", "--fault", rule, *more, **options)

    def sessions(self):
        listed = self.run_it("ls", "--json", "--store", "own.db")
        return [json.loads(line) for line in listed.out.splitlines()]

    def test_after_a_power_cut_there_is_a_beginning_or_nothing(self):
        died = 0
        for form in ("lost", "torn", "reordered"):
            for count in (1, 5, 30, *range(60, 600, 5)):
                rule = f"store [{count}] : store.power_cut({form})"
                result = self.on_its_own(rule)
                self.assertNotIn("Sanitizer", result.err)
                if "never fired" in result.err:
                    break  # the session ended before
                self.assertEqual(result.status, 137, f"{rule}\n{result.err}")
                for row in self.sessions():
                    died += 1
                    self.assertIn("whole", self.expect(
                        0, "store", "check", "--store", "own.db").out, rule)
                    self.expect(0, "verify", "--store", "own.db")
                    if row["status"] == "died":
                        again = self.expect(0, "resume", "--quiet", "--store",
                                            "own.db")
                        self.assertEqual(again.out, self.plain, rule)
                self.expect(0, "run", "ok.json", "--quiet", "--store",
                            "own.db")
        self.assertGreater(died, 0)

    def count_after(self, count, durability):
        """Of records: what was told to be durable, and what is there after
        the power failed; nothing when the session ended before."""
        read, write = os.pipe()
        os.set_inheritable(write, True)
        result = self.on_its_own(
            f"store [{count}] : store.power_cut", "--durability", durability,
            "--commit-fd", str(write), pass_fds=(write,))
        os.close(write)
        with os.fdopen(read) as lines:
            told = len(lines.read().splitlines())
        if result.status != 137:
            self.assertIn("never fired", result.err)
            return None
        base = sqlite3.connect(self.path("own.db"))
        try:
            kept = base.execute("SELECT count(*) FROM v_record").fetchone()[0]
        except sqlite3.OperationalError:  # there is no such view yet
            kept = 0
        finally:
            base.close()
        return told, kept

    def test_what_was_told_survives_a_power_cut_as_was_asked(self):
        told, lost = {"commit": 0, "full": 0}, {"commit": 0, "full": 0}
        for durability in told:
            for count in range(60, 600, 8):
                found = self.count_after(count, durability)
                if found is None:
                    break
                told[durability] += found[0]
                lost[durability] += max(found[0] - found[1], 0)
        self.assertEqual(lost["full"], 0)
        self.assertGreater(told["full"], 0)
        self.assertGreater(lost["commit"], 0)

    def test_what_durability_is_not(self):
        for args, env in ((("--durability", "most"), {}),
                          (("--durability", ""), {}),
                          ((), {"REPRISE_DURABILITY": "most"})):
            self.assertIn("it is commit or full", self.expect(
                2, "run", "ok.json", *args, env=env).err)
        self.expect(0, "run", "ok.json", "--quiet", "--durability", "commit",
                    env={"REPRISE_DURABILITY": "most"})
        self.expect(0, "run", "ok.json", "--quiet",
                    env={"REPRISE_DURABILITY": ""})

    def test_a_bit_that_flips_is_found_or_changes_nothing(self):
        for count, form in [(count, "written") for count in
                            (1, 30, 50, *range(62, 96, 2))] + [
                                (count, "read") for count in
                                (1, 2, 3, 5, 8, 13, 21, 34)]:
            result = self.on_its_own(
                f"store [{count}] : store.bit_flip({form})", "--seed", "7")
            self.assertNotIn("Sanitizer", result.err)
            checks = [self.run_it(*args, "--store", "own.db") for args in
                      (("store", "check"), ("verify",))]
            for check in checks:
                self.assertIn(check.status, (0, 1, 2, 4), check.err)
                self.assertNotIn("Sanitizer", check.err)
            if any(check.status for check in checks):
                continue
            shown = self.run_it("show", "--io", "session", "--part", "output",
                                "--store", "own.db")
            self.assertEqual(shown.status, 0, shown.err)
            self.assertEqual(shown.out.strip(), self.plain.strip(), count)
            self.assertEqual([row["status"] for row in self.sessions()],
                             ["ok"])
            if count < 60 and form == "written":  # as many as it takes to make a store
                self.assertIn("fault injected: r1 store.bit_flip", result.err)

    def test_a_span_that_was_altered_is_found(self):
        for change, told in (
                ("UPDATE span SET attributes = replace(attributes,"
                 " 'labs', 'labz') WHERE path = 'gather/labs'", "span 3 is not"),
                ("UPDATE span SET end_ns = end_ns + 1 WHERE no & 1048575 = 2",
                 "span 2 is not"),
                ("DELETE FROM span WHERE no & 1048575 = 6", "5 spans are")):
            self.expect(0, "run", "ok.json", "--quiet", "--store", "own.db")
            self.assertIn("whole", self.expect(
                0, "store", "check", "--store", "own.db").out)
            database = sqlite3.connect(self.path("own.db"))
            self.assertGreater(database.execute(change).rowcount, 0, change)
            database.commit()
            database.close()
            self.assertIn(told, self.expect(
                1, "store", "check", "--store", "own.db").out)
            os.unlink(self.path("own.db"))

    def test_a_store_that_can_only_be_read_is_told(self):
        for count in (1, 2, 3, 4, 6, 9):
            result = self.run_it("run", "ok.json", "--progress", "none",
                                 "--fault",
                                 f"store [{count}+] : store.read_only")
            self.assertEqual(result.status, 4, result.err)
            self.assertRegex(result.err, "readonly|disk I/O error|unable to")
            self.assertIn("whole", self.expect(0, "store", "check").out)
        self.expect(0, "run", "ok.json", "--quiet", "--fault",
                    "store : store.read_only => failed")

    def test_a_store_that_is_gone_is_told(self):
        told = "not there any more"
        self.assertIn(told, self.expect(
            4, "run", "ok.json", "--quiet", "--fault",
            "store [2] : store.gone").err)
        self.write("remover", "#!/bin/sh\nrm -rf .reprise\necho '{}'\n", 0o755)
        self.write("gone.json", plan(
            {"labs": agent("remover"), "notes": agent("good")}))
        result = self.expect(4, "run", "gone.json", "--quiet")
        self.assertIn(told, result.err)
        self.assertEqual(result.out, "")
        shutil.rmtree(self.path(".reprise"), ignore_errors=True)
        self.expect(0, "run", "ok.json", "--quiet")

    def test_what_others_recorded_is_not_put_at_risk(self):
        for fault in ("power_cut", "bit_flip"):
            refused = self.expect(2, "run", "ok.json", "--fault",
                                  f"store : store.{fault}")
            self.assertIn("--store FILE", refused.err)
            self.expect(2, "fork", "--fault", f"store : store.{fault}")
            self.assertIn("--otlp has it read", self.expect(
                2, "run", "ok.json", "--store", "new.db", "--otlp",
                "http://127.0.0.1:9", "--fault",
                f"store : store.{fault}").err)
        self.assertFalse(os.path.exists(self.path("new.db")))


if __name__ == "__main__":
    main()
