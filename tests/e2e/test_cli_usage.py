#!/usr/bin/env python3
"""Command lines that ask for nothing, for two things at once, or for what
nobody would see are refused; and every option that a command has is in its help
and in its page of the manual."""
import os
import re
import stat
import subprocess

from cli_plans import agent, plan, write_all
from cli_support import TIMEOUT_S, Case, main

MAN = os.path.join(os.path.dirname(__file__), "..", "..", "man")
OPTION = re.compile(r"^  (?:-(\w), )?--([a-z-]+)(?: ([^ ].*?))?(?:  |$)", re.M)


def page(name):
    with open(os.path.join(MAN, name), encoding="utf-8") as file:
        return file.read()


class Told(Case):
    """What the program says of itself, beside the manual."""

    def commands(self):
        block = self.expect(0, "--help").out.split("Commands:\n")[1]
        return [line.split()[0] for line in block.split("\n\n")[0].splitlines()]

    def options(self, command):
        """(name, letter) of each option of the command's help."""
        out = self.expect(0, command, "--help").out
        return {name: letter for letter, name, _ in OPTION.findall(
            out.split("\nOptions:\n")[1].split("\n\n")[0])
                if name != "help"}

    def test_the_manual_has_a_page_for_every_command_and_names_it(self):
        overview = page("reprise.1")
        named = re.findall(r"^\.It Xr reprise-(\w+) 1$", overview, re.M)
        self.assertEqual(sorted(named), sorted(self.commands()))
        pages = re.findall(r"reprise-(\w+)\.1", " ".join(os.listdir(MAN)))
        self.assertEqual(sorted(pages), sorted(self.commands()))

    def test_every_option_stands_in_the_synopsis_of_its_page(self):
        for command in self.commands():
            with self.subTest(command):
                synopsis = page(f"reprise-{command}.1").split(
                    ".Sh SYNOPSIS\n")[1].split(".Sh ")[0]
                named = set(re.findall(r"(?:Fl|\|) -([a-z-]+)", synopsis))
                self.assertEqual(named, set(self.options(command)))

    def test_every_option_is_explained_in_its_page(self):
        for command in self.commands():
            with self.subTest(command):
                heads = " ".join(re.findall(
                    r"^\.It (Fl .*)$", page(f"reprise-{command}.1"), re.M))
                for name, letter in self.options(command).items():
                    self.assertRegex(heads, rf"-{name}\b")
                    if letter:
                        self.assertRegex(heads, rf"Fl {letter}\b")

    def test_every_schema_says_what_it_is_of(self):
        lines = self.expect(0, "schema").out.splitlines()
        self.assertGreater(len(lines), 10)
        for line in lines:
            self.assertGreater(len(line.split()), 1, line)
            name = line.split()[0]
            self.assertIn('"$schema"', self.expect(0, "schema", name).out)


class Refused(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.expect(0, "run", "ok.json", "--quiet")

    def refused(self, *args, status=2):
        result = self.expect(status, *args)
        self.assertEqual(result.out, "")
        return result.err

    def test_an_empty_session_is_not_the_latest(self):
        for command in ("show", "verify", "replay", "cancel", "resume",
                        "retry", "fork", "rm", "export", "play", "watch",
                        "receipt", "sweep"):
            with self.subTest(command):
                self.assertIn("an empty SESSION names none",
                              self.refused(command, ""))
        self.refused("diff", "", "")
        self.refused("bundle", "", "-o", "x.bundle")

    def test_help_is_of_commands_that_are_there(self):
        self.assertEqual(self.expect(0, "help", "run").out,
                         self.expect(0, "run", "--help").out)
        self.assertIn("did you mean 'run'?", self.refused("help", "rum"))
        self.assertIn("did you mean '--version'?", self.refused("--versoin"))

    def test_what_would_steer_the_terminal_is_not_told(self):
        told = self.refused("show", "a\x1b[31m\nb")
        self.assertIn("'a\ufffd[31m b'", told)

    def test_what_the_environment_says_wrong_is_told_once(self):
        told = self.expect(0, "run", "ok.json", "--quiet", "--otlp",
                           "http://127.0.0.1:9", env={
                               "OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}).err
        self.assertEqual(told.count("OTEL_EXPORTER_OTLP_TIMEOUT"), 1, told)

    def test_a_session_that_is_not_there_is_told_as_it_was_written(self):
        self.assertIn("no session 'oiled'", self.refused("show", "oiled"))

    def test_a_bundle_goes_through_a_pipe_and_replaces_no_device(self):
        os.mkfifo(self.path("pipe"))
        reader = subprocess.Popen(["cat", "pipe"], cwd=self.dir,
                                  stdout=subprocess.PIPE)
        self.expect(0, "bundle", "-o", "pipe")
        out, _ = reader.communicate(timeout=TIMEOUT_S)
        self.assertTrue(out.startswith(b"reprise-bundle 1\n"))
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path("pipe")).st_mode))
        if os.path.exists("/dev/full") and os.geteuid() != 0:
            self.refused("bundle", "-o", "/dev/full", status=1)

    def test_how_large_a_file_may_be_is_told(self):
        self.write("key", "x" * 100000)
        self.assertIn("larger than 64 KiB", self.refused(
            "bundle", "-o", "x.bundle", "--redact", "/a", "--redact-key",
            "key"))

    def test_a_wrong_rule_is_told_before_the_input_that_is_missing(self):
        self.write("asks.json", plan({"labs": agent("good")}, input={
            "type": "object", "required": ["text"]}))
        self.assertIn("did you mean 'hang'?", self.refused(
            "run", "asks.json", "--fault", "labs : hnag"))

    def test_a_file_without_a_name_is_no_file(self):
        for args in (("ls", "--store", ""), ("rm", "last", "--store="),
                     ("verify", "--plan", ""), ("bundle", "-o", "")):
            self.assertIn("is empty: it needs a FILE", self.refused(*args))

    def test_standard_input_is_one_file(self):
        with open(self.path("ok.json"), encoding="utf-8") as file:
            self.assertIn("standard input twice", self.expect(
                2, "run", "-", "--input", "-", input=file.read()).err)

    def test_a_file_that_is_no_bundle_is_told(self):
        self.assertIn("a file 'ok.json'", self.refused("show", "ok.json"))

    def test_parts_are_of_what_io_shows(self):
        self.assertIn("--io", self.refused("show", "--part", "stderr"))
        self.assertIn("--json", self.refused("show", "--io", "session",
                                             "--json"))

    def test_what_a_detached_session_would_print_is_not_asked_for(self):
        for option in (("--envelope",), ("--require", "ok")):
            with self.subTest(option[0]):
                err = self.refused("run", "ok.json", "--detach", *option)
                self.assertIn(option[0], err)
                self.assertIn("nothing was started", err)
        self.assertEqual(len(self.expect(0, "ls").out.splitlines()), 2)

    def test_the_beginning_of_many_faults_is_told_with_the_first(self):
        self.assertIn("did you mean out.", self.refused("faults", "explain",
                                                        "out"))

    def test_a_limit_that_nobody_chose_is_not_said_to_be_the_plans(self):
        self.write("default.json", plan({"labs": {"exec": ["./good"]}}))
        self.expect(0, "run", "default.json", "--quiet")
        self.assertIn("that limit is from the default", self.expect(
            1, "sweep", "--classes", "slow").out)

    def test_a_tag_has_one_value(self):
        self.assertIn("--tag 'a' is given twice", self.refused(
            "run", "ok.json", "--tag", "a=1", "--tag", "b=1", "--tag", "a=2"))

    def test_a_tag_has_a_name(self):
        self.refused("ls", "--tag", "")
        self.refused("ls", "--tag", "=x")

    def test_a_receipt_that_is_none_is_told_with_its_line(self):
        self.write("receipts", self.expect(0, "receipt").out + "{}\n")
        self.assertIn("line 2 is no receipt",
                      self.refused("receipt", "--check", "receipts"))

    def test_an_input_that_is_no_file_and_no_document_is_explained(self):
        self.assertIn("--input -", self.refused("run", "ok.json",
                                                "--input", "42"))


class Died(Case):
    """A session whose orchestrator was killed says what to do about it."""

    def setUp(self):
        super().setUp()
        self.not_under_a_wrapper("it would be killed instead")
        write_all(self)
        self.write("plan.json", plan({"labs": agent("good", effects="external"),
                                      "notes": agent("note")}, need=1))
        self.told = self.expect(137, "run", "plan.json", "--quiet", "--fault",
                                "orchestrator [1] : crash(after)").err

    def test_it_can_be_gone_on_with(self):
        self.assertRegex(self.told, r"\n  reprise resume \w{6} goes on\n")
        self.assertIn("reprise resume", self.expect(0, "ls").out)
        self.assertIn("go on        reprise resume",
                      self.expect(0, "show").out)
        self.assertIn("go on        reprise resume",
                      self.expect(137, "watch").err)

    def test_a_try_that_nobody_saw_end_is_lost_and_not_in_flight(self):
        self.expect(3, "resume", "--quiet")
        out = self.expect(0, "show").out
        self.assertIn("lost", out)
        self.assertNotIn("in flight", out)
        self.assertNotIn("not yet gone", out)


class Plans(Case):
    """check sees from a file what it is."""

    def setUp(self):
        super().setUp()
        write_all(self)

    def test_a_plan_is_checked_as_one(self):
        self.write("wrong.json", """{
  // a comment, which plans may have
  "reprise": 1, "name": "x", "agents": {"a": {"exec": ["./good"]}},
  "flow": {"agent": "b"}
}""")
        self.assertEqual(self.expect(0, "check", "ok.json").out,
                         "ok.json: valid\n")
        out = self.expect(1, "check", "wrong.json").out
        self.assertIn('no agent "b"', out)
        self.assertIn("wrong.json: invalid, 1 error", out)

    def test_a_plan_that_was_cut_is_told_where_and_not_for_its_comments(self):
        self.write("cut.json", '{\n // why\n "reprise": 1,\n "name"')
        out = self.expect(1, "check", "cut.json").out
        self.assertIn("cut.json:4:", out)
        self.assertNotIn("comments are not allowed", out)

    def test_what_is_no_plan_has_no_comments(self):
        self.write("data.json", '{ // why\n "name": 1 }')
        self.assertIn("comments are not allowed",
                      self.expect(1, "check", "data.json").out)

    def test_a_plan_comes_through_standard_input_too(self):
        with open(self.path("ok.json"), encoding="utf-8") as file:
            self.assertEqual(
                self.expect(0, "check", "-", input=file.read()).out,
                "standard input: valid\n")

    def test_a_program_that_may_not_be_run_is_told_once_with_what_helps(self):
        os.chmod(self.path("good"), 0o644)
        out = self.expect(1, "check", "ok.json").out
        self.assertIn('cannot run "./good": it is not executable (chmod +x)',
                      out)

    def test_only_nodes_that_have_a_name_are_offered(self):
        self.write("wrong.json", """{ "reprise": 1, "name": "x",
  "agents": {"a": {"exec": ["./good"]}},
  "flow": {"sequence": [{"agent": "a"},
    {"id": "b", "agent": "a", "input": {"from": "gather"}}]}}""")
        self.assertRegex(self.expect(1, "check", "wrong.json").out,
                         r"known here: input\n")

    def test_format_without_a_schema_is_refused(self):
        self.expect(2, "check", "--format", "ok.json")


class FirstWorkers(Case):
    """What goes wrong with the first worker that somebody writes."""

    def tried(self, text):
        self.write("mine", text, 0o755)
        self.write("plan.json", plan({"mine": agent("mine")}))
        return self.expect(1, "worker", "plan.json", "mine").err

    def test_one_that_prints_more_than_its_document_hears_where_to(self):
        self.assertIn("hint     stdout is for one JSON document",
                      self.tried("#!/bin/sh\necho looking\necho '{}'\n"))

    def test_a_script_without_its_first_line_hears_of_it(self):
        self.not_under_a_wrapper("it starts scripts in its own way")
        self.assertIn("a script begins with a line #!",
                      self.tried("print('{}')\n"))

    def test_a_script_of_a_program_that_is_not_there_hears_of_it(self):
        self.not_under_a_wrapper("it starts scripts in its own way")
        self.assertIn("the program of its first line #! is not there",
                      self.tried("#!/nowhere/python3\nprint('{}')\n"))

    def test_the_worker_of_the_manual_works(self):
        with open(os.path.join(MAN, "..", "docs", "worker.md"),
                  encoding="utf-8") as file:
            text = file.read()
        self.write("ask", text.split("```python\n")[1].split("```")[0], 0o755)
        self.write("plan.json", plan({"ask": agent("ask")}))
        asked = '{"question": "why?"}'
        self.assertEqual(self.expect(0, "worker", "plan.json", "ask",
                                     "--input", asked).json(),
                         {"answer": "WHY?"})
        self.expect(0, "run", "plan.json", "--quiet", "--input", asked)
        counts = self.expect(0, "ls", "--json").json()["counts"]
        self.assertEqual([counts["input_tokens"], counts["output_tokens"],
                          counts["cost_micro_usd"]], [120, 30, 45])

    def test_show_has_the_last_line_of_a_traceback(self):
        self.write("mine", "#!/usr/bin/env python3\nimport sys\n"
                   "print('\\033[31mcrimson', file=sys.stderr)\n"
                   "raise ValueError('\\033]0;no such \\u00e9')\n", 0o755)
        self.write("plan.json", plan({"mine": agent("mine")}))
        self.expect(1, "run", "plan.json", "--quiet")
        out = self.expect(0, "show").out
        self.assertRegex(out, r"stderr: ValueError: .*no such \u00e9\n")
        self.assertNotIn("\x1b", out)
        self.assertNotIn("crimson", out)

    def test_what_failed_in_a_session_can_be_tried_alone(self):
        self.write("mine", "#!/bin/sh\nexit 3\n", 0o755)
        self.write("plan.json", plan({"mine": agent("mine")}))
        err = self.expect(1, "run", "plan.json", "--input", '{"a": 1}').err
        line, = [t for t in err.splitlines() if t.startswith("  try it")]
        made = line.split("reprise show ")[1].split(" | ")
        given = self.expect(0, "show", *made[0].split()).out
        self.assertEqual(given, '{"a":1}')
        self.assertIn("exit status 3", self.expect(
            1, *made[1].split()[1:], input=given).err)


if __name__ == "__main__":
    main()
