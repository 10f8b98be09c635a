#!/usr/bin/env python3
"""rm and store: sessions leave, what others need stays, damage is found."""
import fcntl
import json
import os
import signal
import sqlite3
import threading
import time

from cli_plans import agent, plan, write_all
from cli_support import TIMEOUT_S, Case, children, main


class Care(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.store = self.path(".reprise", "store.db")

    def sql(self, text, *values):
        """Read with SQLite itself, as any tool may."""
        db = sqlite3.connect(self.store, timeout=TIMEOUT_S)
        try:
            with db:
                return db.execute(text, values).fetchall()
        finally:
            db.close()

    def run_plan(self, name="ok.json", status=0, *args):
        self.expect(status, "run", name, "--quiet", *args)
        return self.sessions()[0]

    def sessions(self):
        return [json.loads(line)["session"] for line in
                self.expect(0, "ls", "--json").out.splitlines()]

    def counts(self):
        tables = ("session", "record", "span", "span_event", "span_link",
                  "payload", "payload_large", "export_cursor")
        return {t: self.sql(f"SELECT count(*) FROM {t}")[0][0]
                for t in tables}

    def start_slow(self):
        """A session that runs until it is ended."""
        process = self.start("run", "slow.json")
        def end():
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=TIMEOUT_S)
        self.addCleanup(end)
        deadline = time.monotonic() + TIMEOUT_S
        while not self.words_of("pids"):
            self.assertLess(time.monotonic(), deadline, "it never began")
            self.assertIsNone(process.poll(), "it ended")
            time.sleep(0.01)
        return process


class Rm(Care):
    def test_the_last_session_takes_everything_with_it(self):
        session = self.run_plan()
        out = self.expect(0, "rm", session).out
        self.assertRegex(out, r"^1 session removed: \d+ records, \d+ spans, "
                              r"\d+ payloads \(")
        self.assertEqual(set(self.counts().values()), {0})
        self.assertEqual(self.sessions(), [])
        self.expect(0, "store", "check")

    def test_counts_are_what_the_store_had(self):
        session = self.run_plan("degraded.json", 3)
        before = self.counts()
        before["record"] -= 1  # the head
        out = self.expect(0, "rm", session).out
        for name in ("record", "span", "payload"):
            self.assertIn(f"{before[name]} {name}", out)

    def test_what_another_session_needs_stays(self):
        first = self.run_plan()
        second = self.run_plan()
        payloads = self.counts()["payload"]
        other = self.run_plan("degraded.json", 3)
        self.expect(0, "rm", first)
        self.assertIn("whole", self.expect(0, "store", "check").out)
        self.expect(0, "verify", second)
        self.expect(0, "rm", other)
        self.assertEqual(self.counts()["payload"], payloads)
        self.expect(0, "verify", "--all")
        self.expect(0, "replay", second)

    def test_a_dry_run_removes_nothing(self):
        session = self.run_plan()
        before = self.counts()
        out = self.expect(0, "rm", "--older", "0s", "--dry-run").out
        self.assertIn(session, out)
        self.assertIn("1 session would be removed", out)
        self.assertEqual(self.counts(), before)

    def test_old_ones_go_and_failed_ones_may_stay(self):
        good = self.run_plan()
        bad = self.run_plan("failed.json", 1)
        young = self.run_plan()
        self.sql("UPDATE session SET began_ns = began_ns - 10*86400*1000000000"
                 " WHERE id IN (?, ?)", good, bad)
        err = self.expect(0, "rm", "--older", "7d", "--keep-failed").err
        self.assertIn("1 kept that did not end ok", err)
        self.assertEqual(set(self.sessions()), {bad, young})
        self.expect(0, "rm", "--older", "7d", "--plan", "other")
        self.assertEqual(set(self.sessions()), {bad, young})
        self.expect(0, "rm", "--older", "7d", "--plan", "cl*")
        self.assertEqual(self.sessions(), [young])

    def test_what_is_asked_for_has_to_be_clear(self):
        session = self.run_plan()
        for args in ((), ("",), (session, "--older", "1d"),
                     (session, "--keep-failed"), ("--plan", "clinic"),
                     ("--older", "soon"), (session, "nosuch")):
            with self.subTest(args=args):
                self.expect(2, "rm", *args)
        self.assertEqual(self.sessions(), [session])

    def test_a_running_session_is_not_removed_nor_is_what_it_may_need(self):
        old = self.run_plan()
        self.start_slow()
        running = self.sessions()[0]
        err = self.expect(1, "rm", old, running).err
        self.assertIn("runs; nothing was removed", err)
        self.assertEqual(set(self.sessions()), {old, running})
        result = self.expect(0, "rm", "--older", "0s")
        self.assertIn("1 running left alone", result.err)
        self.assertIn("payloads stay", result.err)
        self.assertIn(", 0 payloads", result.out)
        self.assertEqual(self.sessions(), [running])

    def test_a_session_that_died_can_be_removed(self):
        process = self.start_slow()
        session = self.sessions()[0]
        os.kill(children(process.pid)[0], signal.SIGKILL)
        process.communicate(timeout=TIMEOUT_S)
        deadline = time.monotonic() + TIMEOUT_S
        while json.loads(self.expect(0, "ls", "--json").out)[
                "status"] != "died":
            self.assertLess(time.monotonic(), deadline, "it still runs")
            time.sleep(0.01)
        self.expect(0, "rm", session)
        self.assertEqual(self.sessions(), [])

    def test_no_byte_of_what_was_removed_stays_in_the_file(self):
        secret = "Rosalind Marchetti-Okonkwo"
        self.write("echo", "#!/bin/sh\ncat >/dev/null\n"
                   f"printf '{{\"name\": \"{secret}\"}}\\n'\n", 0o755)
        self.write("name.json", plan({"labs": agent("echo")}))
        session = self.run_plan("name.json")
        def found():
            names = [self.store, self.store + "-wal"]
            for name in names:
                if os.path.exists(name):
                    with open(name, "rb") as file:
                        if secret.encode() in file.read():
                            return True
            return False
        self.assertTrue(found())
        self.expect(0, "rm", session)
        self.assertFalse(found())


class Store(Care):
    def test_check_finds_a_whole_store_whole(self):
        self.run_plan()
        self.run_plan("degraded.json", 3)
        out = self.expect(0, "store", "check").out
        self.assertIn("the file is sound", out)
        self.assertRegex(out, r"2 sessions with \d+ records: whole")

    def test_check_names_a_record_that_was_altered(self):
        self.leaves_what_does_not_verify()
        session = self.run_plan()
        self.sql("UPDATE record SET body = replace(body, '\"kind\"', '\"kinb\"')"
                 " WHERE no = (SELECT no << 24 | 2 FROM session)")
        out = self.expect(1, "store", "check").out
        self.assertIn(f"{session}: record 2 does not match its digest", out)

    def test_check_finds_a_payload_that_is_gone(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        self.sql("DELETE FROM payload WHERE no = 1")
        self.assertIn("lost", self.expect(1, "store", "check").out)

    def test_check_finds_a_damaged_page(self):
        self.leaves_what_does_not_verify()
        self.run_plan()
        page, root = self.sql("PRAGMA page_size")[0][0], self.sql(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'payload_key'")
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        with open(self.store, "r+b") as file:
            file.seek((root[0][0] - 1) * page + 8)
            file.write(b"\x5a" * 64)
        self.assertIn("the file is damaged",
                      self.run_it("store", "check").out)

    def test_size_adds_up_to_the_file(self):
        self.run_plan()
        self.run_plan("degraded.json", 3)
        out = self.expect(0, "store", "size").out
        self.assertRegex(out, r"(?m)^record +\d+ +[\d.]+ KiB$")
        self.assertRegex(out, r"(?m)^2 sessions in [\d.]+ KiB, of which")
        self.assertIn("The largest sessions", out)

    def test_compact_gives_the_space_back(self):
        session = self.run_plan()
        self.fill(session)
        large = os.path.getsize(self.store)
        self.sql("DELETE FROM payload_large WHERE no > 1000000")
        self.expect(0, "store", "compact")
        small = os.path.getsize(self.store)
        self.assertLess(small, large / 2)
        self.assertEqual(self.sql("PRAGMA auto_vacuum")[0][0], 2)
        self.expect(0, "verify", session)
        self.assertIn("whole", self.expect(0, "store", "check").out)

    def fill(self, session):
        db = sqlite3.connect(self.store)
        with db:
            db.executemany("INSERT INTO payload_large VALUES(?,?)",
                           ((1000001 + n, b"x" * 10000) for n in range(100)))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()

    def test_compact_waits_for_no_session_and_says_what_it_could_not_do(self):
        self.run_plan()
        self.start_slow()
        err = self.expect(1, "store", "compact").err
        self.assertIn("not compacted", err)
        self.assertIn("a session of the store runs", err)

    def test_a_file_laid_out_for_it_is_compacted_beside_a_session(self):
        session = self.run_plan()
        self.expect(0, "store", "compact")
        self.fill(session)
        large = os.path.getsize(self.store)
        self.sql("DELETE FROM payload_large WHERE no > 1000000")
        process = self.start_slow()
        self.expect(0, "store", "compact")
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)
        self.assertLess(os.path.getsize(self.store), large / 2)
        self.assertIn("whole", self.expect(0, "store", "check").out)

    def test_compact_removes_payloads_that_were_left(self):
        self.run_plan()
        process = self.start_slow()
        old = self.sessions()[1]
        self.expect(0, "rm", old)
        running = self.sessions()[0]
        self.expect(0, "cancel", running)
        process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(json.loads(self.expect(0, "ls", "--json").out)[
            "status"], "cancelled")
        out = self.expect(0, "store", "compact").out
        self.assertIn("removed that no session needs", out)
        self.assertIn("whole", self.expect(0, "store", "check").out)

    def test_migrate_brings_an_older_store_to_the_format_of_now(self):
        session = self.run_plan()
        now = self.sql("PRAGMA user_version")[0][0]
        out = self.expect(0, "store", "migrate").out
        self.assertEqual(out, f"the store has format {now} already\n")
        self.sql("DROP TABLE digest_key")
        for column in ("span_event.dropped", "span_link.dropped",
                       "span_origin.resource_dropped",
                       "span_origin.scope_dropped",
                       "span_link.flags", "span_link.tracestate"):
            table, name = column.split(".")
            self.sql(f"ALTER TABLE {table} DROP COLUMN {name}")
        self.sql("PRAGMA user_version = 3")
        self.assertIn("whole", self.expect(0, "store", "check").out)
        self.assertEqual(self.sql("PRAGMA user_version")[0][0], 3)
        out = self.expect(0, "store", "migrate").out
        self.assertEqual(out, f"the store had format 3, now {now}\n")
        self.assertEqual(self.sql("PRAGMA user_version")[0][0], now)
        self.expect(0, "verify", session)
        self.expect(0, "rm", session)

    def test_there_are_four_verbs(self):
        self.run_plan()
        self.expect(2, "store", "polish")
        self.expect(2, "store")

    def test_without_a_store_nothing_is_made(self):
        self.expect(4, "store", "check")
        self.expect(4, "rm", "--older", "1d")
        self.assertFalse(os.path.exists(self.store))


class Together(Care):
    def test_reading_blocks_no_session_and_no_session_blocks_reading(self):
        self.run_plan()
        reader = sqlite3.connect(self.store, isolation_level=None)
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM record").fetchone()
        self.expect(0, "run", "ok.json", "--quiet")
        self.assertEqual(
            reader.execute("SELECT count(*) FROM record").fetchone(), before)
        reader.execute("COMMIT")
        self.start_slow()
        writer = sqlite3.connect(self.store, isolation_level=None,
                                 timeout=TIMEOUT_S)
        self.addCleanup(writer.close)
        writer.execute("BEGIN IMMEDIATE")  # as a session in its commit
        self.assertEqual(len(self.sessions()), 3)
        self.expect(0, "show", self.sessions()[1])
        self.assertIn("whole", self.expect(0, "store", "check").out)
        self.expect(0, "store", "size")
        writer.execute("ROLLBACK")

    def test_the_process_of_a_session_that_has_ended_is_waited_for(self):
        self.run_plan()
        session = self.sessions()[0]
        lock = open(self.path(".reprise", "run", session + ".lock"), "w",
                    encoding="utf-8")
        self.addCleanup(lock.close)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.assertIn("stays: cannot take the lease",
                      self.expect(1, "rm", session).err)
        process = self.start("rm", session)
        fcntl.flock(lock, fcntl.LOCK_UN)
        process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.sessions(), [])

    def test_removing_all_the_time_harms_no_session_that_begins(self):
        self.run_plan()
        removed = threading.Event()
        problems = []
        def remove():
            while not removed.is_set():
                result = self.run_it("rm", "--older", "0s")
                # One that has just ended may take its time to end.
                if result.status != 0 and \
                        "stays: cannot take the lease" not in result.err:
                    problems.append(result.err)
        thread = threading.Thread(target=remove)
        thread.start()
        try:
            for _ in range(15):
                self.expect(0, "run", "ok.json", "--quiet")
        finally:
            removed.set()
            thread.join()
        self.assertEqual(problems, [])
        self.expect(0, "run", "ok.json", "--quiet")
        self.assertIn("whole", self.expect(0, "store", "check").out)
        self.expect(0, "verify", "--all")


if __name__ == "__main__":
    main()
