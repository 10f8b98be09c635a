#!/usr/bin/env python3
"""What shells complete. bash is real; others only read the same words."""
import os
import shutil
import subprocess

from cli_support import BIN, TIMEOUT_S, Case, environment, main

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


class Words(Case):
    def test_every_command_tells_its_words(self):
        lines = self.expect(0, "--complete").out.splitlines()
        self.assertIn("run\t\trun a plan on an input", lines)
        for line in lines:
            command = line.split("\t")[0]
            words = self.expect(0, "--complete", command).out.splitlines()
            self.assertTrue(words[0].startswith("\t"), command)
            for word in words[1:]:
                self.assertRegex(word, "^--[a-z-]+\t[^\t]*\t[^\t]+$")


class Bash(Case):
    def setUp(self):
        super().setUp()
        if shutil.which("bash") is None:
            self.skipTest("there is no bash")
        os.symlink(BIN, self.path("reprise"))

    def complete(self, *words):
        """What a tab at the end of `words` offers."""
        script = (f"source {ROOT}/completion/reprise.bash; "
                  'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _reprise; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        path = self.dir + os.pathsep + os.environ["PATH"]
        done = subprocess.run(
            ["bash", "-c", script, "bash", *words], cwd=self.dir, text=True,
            env=environment(PATH=path), capture_output=True,
            timeout=TIMEOUT_S, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_commands(self):
        self.assertEqual(self.complete("reprise", "ver"), ["verify"])
        self.assertIn("--help", self.complete("reprise", ""))

    def test_options_of_the_command(self):
        self.assertEqual(self.complete("reprise", "run", "--env"),
                         ["--envelope"])
        self.assertEqual(self.complete("reprise", "ls", "--env"), [])

    def test_files_where_a_file_belongs(self):
        self.write("plan.json", "{}")
        self.assertEqual(
            self.complete("reprise", "replay", "--plan", "pl"),
            ["plan.json"])
        self.assertEqual(self.complete("reprise", "run", "pl"), ["plan.json"])

    def test_sessions_where_a_session_belongs(self):
        self.write("w", "#!/bin/sh\necho 1\n", 0o755)
        self.write("plan.json", '{"reprise":1,"name":"c","agents":{"w":'
                   '{"exec":["./w"]}},"flow":{"id":"w","agent":"w"}}')
        self.expect(0, "run", "plan.json")
        offered = self.complete("reprise", "show", "")
        self.assertEqual(len(offered), 1)
        self.assertRegex(offered[0], "^[0-9A-HJKMNP-TV-Z]{26}$")


if __name__ == "__main__":
    main()
