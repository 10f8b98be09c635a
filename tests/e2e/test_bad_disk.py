#!/usr/bin/env python3
"""A disk that is full or broken under the store: a session says loudly what of
it was not recorded, and the store opens afterwards."""
import json
import os
import re
import unittest

from cli_plans import write_all
from cli_support import Case, main

BADFS = os.environ.get("REPRISE_BADFS_LIBRARY", "")
# The failing write moves through a whole session and past its end.
PASSED = [*range(0, 24), *range(24, 80, 7), 400]


class Disk(Case):
    counts = PASSED

    def setUp(self):
        super().setUp()
        write_all(self)
        self.expect(0, "run", "ok.json", "--quiet")
        self.failed = self.cut_short = 0

    def sessions(self):
        return [json.loads(line) for line in
                self.expect(0, "ls", "--json").out.splitlines()]

    def holds(self, result, order):
        """What was said is what the store has."""
        known = {s["session"]: s for s in self.sessions()}
        self.assertIn("whole", self.expect(0, "store", "check").out, order)
        self.assertNotIn("Sanitizer", result.err)
        self.assertEqual("injected" in result.err,
                         self.said and "never fired" not in result.err)
        new = [s for key, s in known.items() if key not in self.known]
        self.known = set(known)
        unfired = "never fired" in result.err
        if unfired or result.status == 0:
            self.assertEqual(result.status, 1 if unfired else 0)
            self.assertEqual([s["status"] for s in new], ["ok"], order)
            self.expect(0, "verify", new[0]["session"])
            return
        self.failed += 1
        self.assertEqual(result.status, 4, f"{order}\n{result.err}")
        self.assertEqual(result.out, "", order)
        self.assertRegex(
            result.err, "disk is full|disk I/O error|unable to open", order)
        lost = re.search(r"record (\d+) and what follows it were not "
                         "recorded", result.err)
        for session in new:
            self.assertIsNotNone(lost, f"{order}\n{result.err}")
            self.assertEqual(session["status"], "died", order)
            self.cut_short += 1

    def sweep(self, kind):
        self.known = {s["session"] for s in self.sessions()}
        for count in self.counts:
            for ending in ("", ":once"):
                order = f"{kind}:{count}{ending}"
                with self.subTest(order=order):
                    self.holds(self.run_on(order), order)
        # and then the disk is well again
        self.expect(0, "run", "ok.json", "--quiet")
        self.assertIn("whole", self.expect(0, "store", "check").out)
        return self.failed


@unittest.skipUnless(BADFS, "REPRISE_BADFS_LIBRARY names no library")
class BadDisk(Disk):
    """A library between the program and the system."""
    said = False

    def setUp(self):
        super().setUp()
        self.not_under_a_wrapper("it would write with the failing calls too")

    def run_on(self, order):
        asan = os.environ.get("ASAN_OPTIONS", "")
        return self.run_it(
            "run", "ok.json", "--progress", "none",
            env={"LD_PRELOAD": BADFS, "REPRISE_BADFS": order,
                 "ASAN_OPTIONS": asan + ":verify_asan_link_order=0"})

    def test_a_full_disk(self):
        self.assertGreater(self.sweep("full"), 5)
        self.assertGreater(self.cut_short, 0)

    def test_a_broken_disk(self):
        self.assertGreater(self.sweep("broken"), 5)
        self.assertGreater(self.cut_short, 0)

    def test_a_sync_that_fails_is_told_or_costs_nothing(self):
        self.assertLess(self.sweep("sync"), len(PASSED))


class Faults(Disk):
    """Rules on the store: the same by the program itself."""
    said = True
    counts = [*range(0, 24, 2), 40, 80, 400]

    def run_on(self, order):
        kind, count, *once = order.split(":")
        nth = f"[{int(count) + 1}{'' if once else '+'}]"
        return self.run_it("run", "ok.json", "--progress", "none", "--fault",
                           f"store {nth} : store.{kind}")

    def test_a_full_disk(self):
        self.assertGreater(self.sweep("full"), 5)
        self.assertGreater(self.cut_short, 0)

    def test_a_write_that_is_cut_short(self):
        self.assertGreater(self.sweep("short_write"), 5)

    def test_a_broken_disk(self):
        self.assertGreater(self.sweep("io_error"), 5)

    def test_no_descriptors(self):
        self.counts = [0, 1, 2, 3, 9]
        self.assertGreater(self.sweep("emfile"), 1)

    def test_a_sync_that_fails_is_told_or_costs_nothing(self):
        self.assertLess(self.sweep("fsync"), 2 * len(self.counts))

    def test_a_slow_sync_delays_no_commit(self):
        plain = self.expect(0, "run", "ok.json", "--quiet").out
        slow = self.expect(0, "run", "ok.json", "--quiet", "--fault",
                           "store : store.slow_sync(10ms) => survived")
        self.assertEqual(slow.out, plain)

    def test_what_a_rule_expects_is_judged_where_the_store_failed(self):
        for rule, status, told in (
                ("store [2+] : store.full => failed", 0, "so it is: failed"),
                ("store : store.full => failed", 0, "so it is: failed"),
                ("store : store.full => failed<10m", 0, "so it is: failed"),
                ("store [2+] : store.full => survived", 1, "it is: failed"),
                ("store [2+] : store.full => failed<1ns", 1, "it is: failed"),
                ("store [9999] : store.full => failed", 1, "never fired"),
                ("store [2+] : store.full", 4, "disk is full")):
            result = self.expect(status, "run", "ok.json", "--progress",
                                 "none", "--fault", rule)
            self.assertIn(told, result.err, rule)
        # of two, both have to fire
        self.assertIn("never fired", self.expect(
            1, "run", "ok.json", "--fault", "store [2+] : store.full => failed",
            "--fault", "labs @1 ?0% : kill", "--fault",
            "store [9999] : store.full => failed").err)

    def died(self):
        self.expect(137, "run", "ok.json", "--quiet", "--fault",
                    "orchestrator [2] : crash")
        return self.sessions()[0]["session"]

    def test_who_goes_on_meets_it_too_and_goes_on_again(self):
        plain = self.expect(0, "run", "ok.json", "--quiet").out
        failed = 0
        for count in (1, 2, 3, 5, 8, 13, 21):
            session = self.died()
            result = self.run_it("resume", session, "--quiet", "--fault",
                                 f"store [{count}+] : store.full")
            self.assertIn("whole", self.expect(0, "store", "check").out)
            if result.status == 4:
                failed += 1
                result = self.expect(0, "resume", session, "--quiet")
            self.assertEqual(result.out, plain, count)
            self.expect(0, "verify", session)
        self.assertGreater(failed, 1)
        session = self.died()
        self.assertIn("on the store and on export only", self.expect(
            2, "resume", session, "--fault", "labs : hang").err)
        self.expect(0, "resume", session, "--quiet", "--fault",
                    "store : store.slow_sync(1ms) => survived")

    def test_retries_and_forks_meet_it_too(self):
        self.expect(1, "run", "failed.json", "--quiet")
        for command in ("retry", "fork"):
            self.expect(4, command, "--quiet", "--fault",
                        "store [2+] : store.io_error")
            self.expect(0, command, "--quiet", "--fault",
                        "store [2+] : store.io_error => failed")
            self.expect(0, command, "--quiet", "--fault", "** : kill => failed")
            self.assertIn("whole", self.expect(0, "store", "check").out)
            self.assertIn("--otlp URL", self.expect(
                2, command, "--fault", "export : export.down").err)

    def test_it_is_of_a_run_and_of_the_store(self):
        self.expect(0, "run", "ok.json", "--quiet")
        for args, told in (
                (("run", "ok.json", "--fault", "labs : store.full"),
                 "write 'store : store.full'"),
                (("run", "ok.json", "--fault", "store ?10% : store.full"),
                 "nothing but its number"),
                (("replay", "--fault", "store : store.full"),
                 "needs a live run")):
            self.assertIn(told, self.expect(2, *args).err)


if __name__ == "__main__":
    main()
