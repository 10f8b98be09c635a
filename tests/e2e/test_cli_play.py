#!/usr/bin/env python3
"""A recorded session on the screen again."""
import sqlite3
import time

from cli_plans import write_all
from cli_support import TIMEOUT_S, Case, main


class Play(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def lines_of(self, text):
        """Without the wall clock and what comes after the end."""
        return [line.split(" ", 1)[1] for line in text.splitlines()
                if "Z " in line[:14]]

    def test_it_shows_what_run_showed(self):
        ran = self.expect(3, "run", "degraded.json").err
        played = self.expect(0, "play", "--speed", "max")
        self.assertEqual(self.lines_of(played.err), self.lines_of(ran))
        self.assertEqual(played.out, "")
        self.assertIn("reprise show", played.err)

    def test_it_takes_the_time_that_was_asked_for(self):
        self.write("nap", "#!/bin/sh\nsleep 2\necho 1\n", 0o755)
        self.write("nap.json", '{"reprise":1,"name":"nap","agents":{"n":'
                   '{"exec":["./nap"]}},"flow":{"id":"n","agent":"n"}}')
        self.expect(0, "run", "nap.json")
        self.assertGreaterEqual(self.took("1"), 2)
        # A machine that is busy with something else is so only now and then.
        self.assertLess(min(self.took("max") for _ in range(20)), 2)

    def took(self, speed):
        began = time.monotonic()
        self.expect(0, "play", "--speed", speed, "--quiet")
        return time.monotonic() - began

    def test_steps_wait_for_enter(self):
        self.expect(0, "run", "ok.json")
        process = self.start("play", "--step", stdin=-1)
        first = process.stderr.readline()
        self.assertIn(b"session began", first)
        rest = process.communicate(b"\n\n", timeout=TIMEOUT_S)[1]
        self.assertIn(b"session ended ok", rest)
        self.assertEqual(process.returncode, 0)

    def test_a_died_session_is_played_up_to_its_death(self):
        self.expect(0, "run", "ok.json")
        with sqlite3.connect(self.path(".reprise", "store.db")) as database:
            database.execute("DELETE FROM record WHERE no & 16777215 > 1")
            database.execute("UPDATE session SET outcome = NULL, last_seq = 1,"
                             " output = NULL, (chain, last_ns) = (SELECT"
                             " digest, at_ns FROM record"
                             " WHERE no & 16777215 = 1)")
        database.close()
        err = self.expect(0, "play", "--speed", "max").err
        self.assertIn("gather/labs@1 start", err)
        self.assertNotIn("session ended", err)

    def test_what_is_no_speed_is_told(self):
        self.expect(0, "run", "ok.json")
        for speed in ("0", "-1", "fast", "", "nan", "1e9"):
            err = self.expect(2, "play", "--speed", speed).err
            self.assertIn("--speed", err)


if __name__ == "__main__":
    main()
