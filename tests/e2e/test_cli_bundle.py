#!/usr/bin/env python3
"""Sessions as files: made, moved, looked at, altered, taken in again."""
import json
import os
import sqlite3

from cli_plans import write_all
from cli_support import Case, main


class Bundle(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.expect(0, "run", "ok.json")
        self.expect(3, "run", "degraded.json")
        self.sessions = [json.loads(line)["session"] for line in
                         self.expect(0, "ls", "--json").out.splitlines()]

    def bundle(self, name, *sessions, store=()):
        self.expect(0, "bundle", *sessions, "-o", name, *store)
        with open(self.path(name), "rb") as file:
            return file.read()

    def elsewhere(self, *args, status=0, **options):
        """In a folder without any store."""
        os.makedirs(self.path("empty"), exist_ok=True)
        return self.expect(status, *args, cwd=self.path("empty"), **options)

    def test_made_twice_it_is_the_same(self):
        first = self.bundle("a.bundle", *self.sessions)
        again = self.bundle("b.bundle", *reversed(self.sessions),
                            self.sessions[0])
        self.assertEqual(first, again)
        self.assertTrue(first.startswith(b"reprise-bundle 1\n"))
        self.assertEqual(os.listdir(self.dir).count("a.bundle.part"), 0)

    def test_it_stands_wherever_a_session_is_looked_at(self):
        self.bundle("a.bundle", self.sessions[0])
        file = self.path("a.bundle")
        self.assertIn("DEGRADED", self.elsewhere("show", file).out)
        self.assertIn("verifies", self.elsewhere("verify", file).out)
        self.assertIn("identical", self.elsewhere("replay", file).err)
        self.assertIn("resourceSpans", self.elsewhere("export", file).out)
        self.assertIn("session ended", self.elsewhere(
            "play", file, "--speed", "max").err)
        self.assertEqual(os.listdir(self.path("empty")), [])
        os.mkdir(self.path("tmp"))
        self.elsewhere("show", file, env={"TMPDIR": self.path("tmp")})
        self.assertEqual(os.listdir(self.path("tmp")), [])

    def test_it_is_compared_with_a_session_of_the_store(self):
        self.bundle("a.bundle", self.sessions[1])
        self.expect(0, "diff", "a.bundle", self.sessions[1], "--times")
        out = self.expect(1, "diff", "a.bundle", self.sessions[0]).out
        self.assertIn("gather/notes", out)

    def test_its_sessions_move_to_another_store(self):
        made = self.bundle("a.bundle", *self.sessions)
        store = ("--store", self.path("other.db"))
        told = self.expect(0, "import", "a.bundle", *store)
        self.assertIn("2 sessions imported", told.err)
        self.assertEqual(self.bundle("b.bundle", *self.sessions, store=store),
                         made)
        self.expect(0, "verify", "--all", *store)
        self.copy_key("other.db")
        for session in self.sessions:
            self.assertEqual(
                self.expect(0, "show", session, "--json", *store).json(),
                self.expect(0, "show", session, "--json").json())
            self.assertEqual(self.expect(0, "export", session, *store).out,
                             self.expect(0, "export", session).out)
        told = self.expect(0, "import", "a.bundle", *store)
        self.assertIn("0 sessions imported, 2 known already", told.err)

    def test_in_a_store_that_was_empty_it_runs_again_and_is_compared(self):
        self.bundle("a.bundle", *self.sessions)
        store = ("--store", self.path("other.db"))
        self.expect(0, "import", "a.bundle", *store)
        for session, status in zip(self.sessions, (3, 0)):
            self.assertIn("identical: ", self.expect(
                0, "replay", session, *store).err)
            forked = self.expect(status, "fork", session, *store)
            self.assertEqual(forked.out, self.expect(
                0, "replay", session, "--quiet", *store).out)
            self.expect(0, "verify", "last", *store)
            self.expect(0, "diff", session, "last", *store)
        self.expect(1, "diff", *self.sessions, *store)
        self.write("edited.json", '{"answer": 7}')
        self.expect(0, "fork", self.sessions[1], "--at", "gather/labs",
                    "--output", "edited.json", *store)
        lanes = self.run_it("diff", self.sessions[1], "last", "--json",
                            *store).json()["lanes"]
        self.assertEqual([lane["path"] for lane in lanes
                          if lane["change"] not in ("same", "times")],
                         ["gather/labs"])

    def copy_key(self, path):
        """Then exports have the same digests."""
        db = sqlite3.connect(self.path(".reprise", "store.db"))
        db.execute("ATTACH ? AS other", (self.path(path),))
        db.execute("UPDATE other.digest_key SET key = "
                   "(SELECT key FROM main.digest_key)")
        db.commit()
        db.close()

    def test_what_was_cut_short_or_altered_is_refused(self):
        made = self.bundle("a.bundle", self.sessions[0])
        step = max(1, len(made) // 60)
        for at in range(20, len(made), step):
            altered = bytearray(made)
            altered[at] ^= 1
            for name, data in (("altered", altered), ("cut", made[:at])):
                self.write("bad.bundle", bytes(data))
                err = self.expect(1, "import", "bad.bundle", "--store",
                                  self.path("bad.db")).err
                self.assertIn("cut short or altered", err, (name, at))
                self.assertIn("0 sessions imported", err)
        self.write("bad.bundle", made + b"x")
        self.expect(4, "show", "bad.bundle")

    def test_a_newer_one_is_refused(self):
        self.write("new.bundle", "reprise-bundle 2\nwhatever\n")
        self.assertIn("use a newer reprise",
                      self.expect(1, "import", "new.bundle").err)
        self.write("none.bundle", "reprise-bundle x\n")
        self.assertIn("is not a bundle",
                      self.expect(1, "import", "none.bundle").err)

    def test_where_it_cannot_be_written_the_reason_is_told(self):
        with open("/dev/full", "wb") as full:
            told = self.expect(1, "bundle", "-o", "-", stdout=full).err
        self.assertIn("standard output: No space left on device", told)

    def test_nothing_is_written_into_it(self):
        self.bundle("a.bundle", self.sessions[0])
        self.assertIn("reprise import", self.expect(
            2, "rm", "a.bundle").err)
        for command in (("retry",), ("resume",), ("replay", "--record")):
            err = self.expect(2, *command, "a.bundle").err
            self.assertIn("reprise import first", err)


if __name__ == "__main__":
    main()
