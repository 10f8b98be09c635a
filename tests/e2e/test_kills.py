#!/usr/bin/env python3
"""Nothing that was announced is lost and nothing survives, whichever of the
two processes of a session is killed, and when. REPRISE_KILLS is how often;
REPRISE_KILL_SEED picks the moments."""
import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import time

from cli_support import (BIN, Case, TIMEOUT_S, WRAPPER, children, environment,
                         main)

KILLS = int(os.environ.get("REPRISE_KILLS", "6"))
SEED = int(os.environ.get("REPRISE_KILL_SEED", "1"))
WORKERS = 12
GONE_WITHIN_S = 300  # at once on an idle machine; by themselves never
LATEST_S = 0.25  # moments are drawn between the first record and then

# Leaves a daemon, ignores SIGTERM; every third one delivers early.
WORKER = """#!/bin/sh
trap '' TERM
GRANDCHILD=1 setsid sh -c 'trap "" TERM; sleep 3600' </dev/null >/dev/null 2>&1 3>&- &
case $REPRISE_PATH in
*[147]@1) printf '{"n": 1}'; exit 0 ;;
esac
exec sleep 3600
"""


def processes_with(text):
    """{pid: environment} of the living processes that have `text` in it."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                env = file.read()
        except OSError:
            continue
        if text.encode() in env.split(b"\0"):
            found[int(name)] = env
    return found


class Kills(Case):
    def setUp(self):
        super().setUp()
        self.mark = f"KILL_TEST={self.dir}"
        self.write("worker", WORKER, 0o755)
        agents = {"w": {"exec": ["./worker"], "timeout": "3600s",
                        "effects": "none", "retry": {"attempts": 1},
                        "env": {"KILL_TEST": self.dir}}}
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "kills", "agents": agents,
            "flow": {"id": "all", "parallel": {
                f"w{i}": {"agent": "w"} for i in range(WORKERS)}}}))
        self.addCleanup(self.end_what_is_left)

    def end_what_is_left(self):
        for pid in processes_with(self.mark):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def begin(self):
        """A session, its processes, and what it announces as durable."""
        ours, theirs = os.pipe()
        process = subprocess.Popen(
            [*WRAPPER, BIN, "run", "plan.json", "--quiet", "--commit-fd",
             str(theirs)], cwd=self.dir, env=environment(),
            pass_fds=(theirs,), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.close(theirs)
        self.addCleanup(os.close, ours)
        first = os.read(ours, 65536)  # until the first record is durable
        self.assertTrue(first, "nothing began")
        # Its first child; the others are daemons that it was left with.
        orchestrator, *_ = children(process.pid)
        return process, orchestrator, ours, first

    def announced(self, fd, text):
        while chunk := os.read(fd, 65536):
            text += chunk
        whole = text[:text.rfind(b"\n") + 1].decode()
        return dict(line.split() for line in whole.splitlines())

    def all_gone(self, moment, of=lambda env: True):
        """Waits for it."""
        end = time.monotonic() + GONE_WITHIN_S
        while left := [pid for pid, env in processes_with(self.mark).items()
                       if of(env)]:
            self.assertLess(time.monotonic(), end, f"{moment}: {left} live on")
            select.select([], [], [], 0.005)

    def check_store(self, said, moment):
        database = sqlite3.connect(
            f"file:{self.path('.reprise', 'store.db')}?mode=ro", uri=True)
        self.addCleanup(database.close)
        session = database.execute("SELECT max(no) FROM session").fetchone()[0]
        kept = {str(no & 0xffffff): digest.hex() for no, digest in
                database.execute(
                    "SELECT no, digest FROM record WHERE no >> 24 = ?",
                    (session,))}
        for seq, digest in said.items():
            self.assertEqual(kept.get(seq), digest, f"{moment}: record {seq}")
        return len(kept)

    def one(self, target, delay):
        moment = f"{target} after {delay:.3f} s (seed {SEED})"
        process, orchestrator, fd, first = self.begin()
        select.select([], [], [], delay)
        if target == "both":
            # Else a keeper that runs in between ends in its own way.
            os.kill(process.pid, signal.SIGSTOP)
        if target in ("orchestrator", "both"):
            os.kill(orchestrator, signal.SIGKILL)
        if target in ("keeper", "both"):
            process.kill()
        _, err = process.communicate(timeout=TIMEOUT_S)
        if target == "both":
            # A daemon that nobody is left to adopt may live on.
            self.all_gone(moment, lambda env: b"GRANDCHILD=1" not in env)
            self.left += len(processes_with(self.mark))
            self.end_what_is_left()
        else:
            self.all_gone(moment)
        self.assertEqual(process.returncode,
                         137 if target == "orchestrator" else -9, err)
        self.assertNotIn(b"Sanitizer", err)
        self.check_store(self.announced(fd, first), moment)
        shown = self.expect(0, "show", "--json").json()
        if shown["status"] == "died":
            tasks = [task for task in shown["tasks"] if task["status"] in
                     ("active", "running", "")]
            text = self.expect(0, "show").out
            self.assertIn("DIED", text, moment)
            if tasks:
                self.assertIn("in flight", text, moment)
        else:
            self.assertEqual((target, shown["status"]),
                             ("keeper", "cancelled"), moment)
        self.expect(0, "verify")

    def many(self, target):
        rng = random.Random(f"{SEED} {target}")
        self.left = 0
        for _ in range(KILLS):
            self.one(target, rng.uniform(0, LATEST_S))
        if target == "both":
            print(f"both killed at once: {self.left} daemonised descendants "
                  f"of {KILLS * WORKERS} workers lived on")

    def test_a_killed_orchestrator_loses_nothing(self):
        self.many("orchestrator")

    def test_a_killed_keeper_loses_nothing(self):
        self.many("keeper")

    def test_both_killed_at_once_lose_nothing(self):
        self.many("both")


if __name__ == "__main__":
    main()
