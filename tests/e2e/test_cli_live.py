#!/usr/bin/env python3
"""Sessions while they run: signals, detach, watch, cancel, death, terminals."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from cli_plans import agent, plan, write_all
from cli_support import BIN, Case, TIMEOUT_S, WRAPPER, environment, main


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Live(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def until(self, condition, what):
        """Waits for what the program does; never for time to pass."""
        end = time.monotonic() + TIMEOUT_S
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            select.select([], [], [], 0.01)

    def worker_pids(self):
        try:
            with open(self.path("pids"), encoding="ascii") as file:
                return [int(line) for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def start_slow(self, *args, **options):
        process = self.start("run", "slow.json", *args, **options)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        self.until(lambda: self.worker_pids(), "the worker never started")
        return process

    def finish(self, process):
        out, err = process.communicate(timeout=TIMEOUT_S)
        return (process.returncode, (out or b"").decode(),
                (err or b"").decode())

    def all_workers_gone(self):
        self.until(lambda: all(map(gone, self.worker_pids())),
                   "a worker survived")

    def last(self):
        return json.loads(
            self.expect(0, "ls", "--json", "--limit", "1").out)


class Signals(Live):
    def test_an_interrupt_cancels_and_ends_workers(self):
        process = self.start_slow()
        process.send_signal(signal.SIGINT)
        status, out, err = self.finish(process)
        self.assertEqual(status, 130, err)
        self.assertEqual(out, "")
        self.assertIn("sigint", err)
        self.all_workers_gone()
        self.assertEqual(self.last()["status"], "cancelled")

    def test_a_request_to_terminate_is_143(self):
        process = self.start_slow()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(process)[0], 143)
        self.all_workers_gone()

    def test_a_lost_orchestrator_is_137_and_died(self):
        process = self.start_slow("--quiet")
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)],
            capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(len(children), 1)
        os.kill(int(children[0]), signal.SIGKILL)
        status, _, err = self.finish(process)
        self.assertEqual(status, 137, err)
        self.assertIn("reprise show", err)
        self.all_workers_gone()
        self.assertEqual(self.last()["status"], "died")
        listed = self.expect(0, "ls", "--failed").out
        self.assertIn("died", listed)
        self.assertIn("reprise resume", listed)
        shown = self.expect(0, "show").out
        self.assertIn("DIED", shown)
        self.assertIn("in flight", shown)
        self.assertEqual(self.expect(137, "watch", "--quiet").out, "")
        self.assertEqual(
            self.expect(0, "show", "--json").json()["status"], "died")


class Detached(Live):
    def start_detached(self):
        result = self.expect(0, "run", "slow.json", "--detach")
        self.assertRegex(result.out, r"^[0-9A-HJKMNP-TV-Z]{26}\n$")
        self.addCleanup(self.run_it, "cancel", result.out.strip())
        self.until(lambda: self.worker_pids(), "the worker never started")
        return result.out.strip()

    def test_prints_its_id_and_goes_on(self):
        session = self.start_detached()
        self.assertEqual(self.last()["status"], "running")
        self.assertIn("reprise watch", self.expect(0, "show", session).out)
        self.assertEqual(self.expect(0, "ls", "--failed", "--json").out, "")
        self.expect(0, "cancel", session)
        self.all_workers_gone()
        self.assertEqual(self.last()["status"], "cancelled")

    def test_can_be_watched_to_its_end(self):
        session = self.start_detached()
        watch = self.start("watch", session)
        line = watch.stderr.readline().decode()
        self.assertIn("session began plan=clinic", line)
        self.expect(0, "cancel", session)
        status, out, err = self.finish(watch)
        self.assertEqual(out, "")
        self.assertIn("session ended cancelled", err)
        self.assertEqual(status, 1)

    def test_a_session_that_is_over_cannot_be_cancelled(self):
        self.expect(0, "run", "ok.json")
        err = self.expect(1, "cancel").err
        self.assertIn("has ended", err)

    def test_a_plan_that_is_wrong_detaches_nothing(self):
        self.write("bad.json", "{")
        self.assertEqual(
            self.expect(2, "run", "bad.json", "--detach").out, "")


class Terminal(Live):
    def run_tty(self, *args, columns=100, rows=30, env=None, feed=None):
        """Runs on a terminal of its own; its whole output."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))
        process = subprocess.Popen(
            [*WRAPPER, BIN, *args], cwd=self.dir, stdin=slave, stderr=slave,
            stdout=subprocess.PIPE, env=environment(**(env or {})))
        os.close(slave)
        output = b""
        end = time.monotonic() + TIMEOUT_S
        while time.monotonic() < end:
            ready, _, _ = select.select([master], [], [], 0.1)
            if not ready:
                continue
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            output += data
            if feed is not None:
                feed(process, output.decode("utf-8", "replace"))
        process.stdout.read()
        process.stdout.close()
        os.close(master)
        return process.wait(timeout=TIMEOUT_S), output.decode()

    def test_the_tree_is_redrawn_and_stays(self):
        status, out = self.run_tty("run", "degraded.json")
        self.assertEqual(status, 3)
        self.assertIn("\x1b[J", out)
        final = out.rsplit("\x1b[J", 1)[1]
        self.assertIn("DEGRADED", final)
        self.assertIn("\u2713", final)
        self.assertIn("\u2717", final)
        self.assertIn("see it", final)
        self.assertIn("run again", final)
        self.assertIn("--io gather/notes --part input | reprise worker "
                      "degraded.json notes --input -", final)

    def test_no_color_no_unicode(self):
        _, out = self.run_tty("run", "ok.json",
                              env={"NO_COLOR": "1", "LANG": "C"})
        self.assertNotRegex(out, r"\x1b\[[0-9;]*m")
        self.assertTrue(out.isascii())

    def test_a_dumb_terminal_gets_lines(self):
        _, out = self.run_tty("run", "ok.json", env={"TERM": "dumb"})
        self.assertNotIn("\x1b", out)
        self.assertIn("gather/labs@1 start", out)

    def test_a_narrow_terminal_is_not_passed(self):
        sent = []

        def stop(process, text):
            if text and self.worker_pids() and not sent:
                sent.append(process.send_signal(signal.SIGINT))
        self.run_tty("run", "slow.json", columns=30, rows=6, feed=stop)
        frames = self.run_tty("run", "ok.json", columns=30, rows=6)[1]
        live = frames.rsplit("\x1b[J", 1)[0]
        for line in re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", live).splitlines():
            self.assertLess(len(line.strip("\r")), 30, line)

    def test_watching_shows_what_only_the_running_process_knows(self):
        session = self.expect(0, "run", "slow.json", "--detach").out.strip()
        self.addCleanup(self.run_it, "cancel", session)
        sent = []

        def stop(process, text):
            if "silent" in text and not sent:
                sent.append(self.run_it("cancel", session))
        status, out = self.run_tty("watch", session, feed=stop)
        self.assertEqual((status, sent[0].status), (1, 0))
        self.assertIn("CANCELLED", out)

    def test_it_redraws_at_most_ten_times_a_second(self):
        began = time.monotonic()
        sent = []

        def stop(process, text):
            if text.count("\x1b[J") >= 5 and not sent:
                sent.append(process.send_signal(signal.SIGINT))
        status, out = self.run_tty("run", "slow.json", feed=stop)
        took = time.monotonic() - began
        self.assertEqual(status, 130)
        self.assertLessEqual(out.count("\x1b[J"), took * 10 + 3)
        self.assertRegex(out, r"notes.*\u2595")


class Worker(Live):
    def test_one_agent_is_run_and_judged(self):
        result = self.expect(0, "worker", "ok.json", "labs", "--input", "{}")
        self.assertEqual(result.json(), {"answer": 42})
        self.assertIn("accepted", result.err)
        self.assertFalse(os.path.exists(self.path(".reprise")))

    def test_every_violation_is_told(self):
        self.write("contract.json", plan({"labs": agent(
            "good", output={"required": ["a", "b"], "properties": {
                "answer": {"type": "string"}}})}))
        err = self.expect(1, "worker", "contract.json", "labs").err
        for word in ("'a'", "'b'", "/answer"):
            self.assertIn(word, err)

    def test_how_it_failed_is_told(self):
        err = self.expect(1, "worker", "failed.json", "notes").err
        self.assertIn("exit status 3", err)
        self.assertIn("no luck", err)
        err = self.expect(1, "worker", "failed.json", "labs").err
        self.assertIn("malformed", err)

    def test_an_agent_that_is_not_in_the_plan_is_told(self):
        self.assertIn("did you mean 'labs'?",
                      self.expect(2, "worker", "ok.json", "lbas").err)


if __name__ == "__main__":
    main()
