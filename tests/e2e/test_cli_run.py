#!/usr/bin/env python3
"""reprise run: outcomes, documents, progress, and what bad input does."""
import json
import os
import re
import stat

from cli_plans import agent, plan, write_all
from cli_support import Case, main

ID = r"[0-9A-HJKMNP-TV-Z]{26}"


class Outcomes(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def test_ok_prints_the_document_and_nothing_else(self):
        result = self.expect(0, "run", "ok.json")
        self.assertEqual(
            result.json(),
            {"labs": {"answer": 42}, "notes": {"note": "fine"}})

    def test_degraded_has_a_document_and_status_3(self):
        result = self.expect(3, "run", "degraded.json")
        self.assertEqual(result.json(), {"labs": {"answer": 42}})
        self.assertIn("reprise show", result.err)
        self.assertIn("reprise worker degraded.json notes", result.err)

    def test_failed_has_no_document_and_status_1(self):
        result = self.expect(1, "run", "failed.json")
        self.assertEqual(result.out, "")
        self.assertIn("need_not_met", result.err)
        self.assertIn("reprise show", result.err)

    def test_require_ok_prints_no_document_that_is_less(self):
        self.assertEqual(
            self.expect(3, "run", "degraded.json", "--require", "ok").out, "")
        self.assertNotEqual(
            self.expect(0, "run", "ok.json", "--require=ok").out, "")
        self.expect(2, "run", "ok.json", "--require", "perfect")

    def test_the_envelope_tells_what_is_missing(self):
        envelope = self.expect(3, "run", "degraded.json", "--envelope").json()
        self.assertEqual(envelope["schema"], "reprise.run/1")
        self.assertRegex(envelope["session"], f"^{ID}$")
        self.assertEqual(envelope["outcome"], "degraded")
        self.assertEqual(envelope["output"], {"labs": {"answer": 42}})
        self.assertEqual(envelope["missing"][0]["path"], "gather/notes")
        self.assertEqual(envelope["requested"], 2)
        self.assertEqual(envelope["delivered"], 1)

    def test_the_envelope_of_a_failure_has_no_output(self):
        envelope = self.expect(1, "run", "failed.json", "--envelope").json()
        self.assertIsNone(envelope["output"])
        self.assertEqual(envelope["outcome"], "failed")

    def test_a_stub_stands_in_for_its_agent(self):
        self.write("canned.json", '{"note": "canned"}')
        result = self.expect(0, "run", "degraded.json", "--stub",
                             "notes=canned.json")
        self.assertEqual(result.json()["notes"], {"note": "canned"})

    def test_a_stub_is_held_to_the_contract_too(self):
        self.write("canned.json", "{")
        self.expect(3, "run", "degraded.json", "--stub", "notes=canned.json")

    def test_a_fault_is_forced_on_an_agent(self):
        self.not_under_a_wrapper("a worker is started too late to be stopped")
        result = self.expect(1, "run", "ok.json", "--fault",
                             "notes : kill")
        self.assertIn("fault=", result.err)

    def test_the_store_is_private(self):
        self.expect(0, "run", "ok.json")
        mode = os.stat(self.path(".reprise", "store.db")).st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_the_store_can_be_named(self):
        self.expect(0, "run", "ok.json", "--store", "other.db")
        self.assertTrue(os.path.exists(self.path("other.db")))
        self.expect(0, "run", "ok.json", env={"REPRISE_STORE": "third.db"})
        self.assertTrue(os.path.exists(self.path("third.db")))
        self.assertFalse(os.path.exists(self.path(".reprise")))

    def test_a_store_that_cannot_be_made_is_status_4(self):
        result = self.expect(4, "run", "ok.json", "--store", "no/such/x.db")
        self.assertEqual(result.out, "")
        self.assertIn("no/such/x.db", result.err)

    def test_the_first_plan_runs_as_init_wrote_it(self):
        out = self.expect(0, "init", "first").out
        command = re.search(r"reprise (run .*)", out).group(1)
        words = re.match(r"run (\S+) --input '(.*)'", command)
        result = self.expect(0, "run", words.group(1), "--input",
                             words.group(2))
        self.assertEqual(result.json(), {"count": {"words": 10},
                                         "longest": {"longest": "question"}})
        self.expect(0, "check", "--plan", "first/plan.json")
        self.expect(1, "init", "first")


class Input(Case):
    def setUp(self):
        super().setUp()
        self.write("echo", "#!/bin/sh\ncat\n", 0o755)
        self.write("plan.json", plan(
            {"echo": agent("echo", stdin="input")},
            input={"type": "object", "required": ["n"]}))

    def run_input(self, *args, **options):
        return self.expect(0, "run", "plan.json", *args,
                           **options).json()["echo"]

    def test_from_a_file_standard_input_or_the_command_line(self):
        self.write("in.json", '{"n": 1}')
        self.assertEqual(self.run_input("--input", "in.json"), {"n": 1})
        self.assertEqual(
            self.run_input("--input", "-", input='{"n": 2}'), {"n": 2})
        self.assertEqual(self.run_input("--input", '{"n": 3}'), {"n": 3})

    def test_that_breaks_the_contract_starts_nothing(self):
        err = self.expect(2, "run", "plan.json", "--input", "{}").err
        self.assertIn("'n'", err)
        self.assertIn("nothing was started", err)
        self.expect(2, "run", "plan.json")
        self.assertFalse(os.path.exists(self.path(".reprise")))

    def test_that_is_no_json_starts_nothing(self):
        err = self.expect(2, "run", "plan.json", "--input", '{"n": }').err
        self.assertIn("--input:1:7: error:", err)
        self.assertIn("^", err)
        self.assertFalse(os.path.exists(self.path(".reprise")))

    def test_that_cannot_be_read_starts_nothing(self):
        for name in ("gone.json", "."):
            self.assertIn("cannot read",
                          self.expect(2, "run", "plan.json", "--input",
                                      name).err)


class BadPlans(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def bad(self, text, *words):
        self.write("bad.json", text)
        result = self.expect(2, "run", "bad.json")
        self.assertEqual(result.out, "")
        for word in words:
            self.assertIn(word, result.err)
        self.assertIn("nothing was started", result.err)
        self.assertFalse(os.path.exists(self.path(".reprise")))
        return result.err

    def test_every_error_is_told_with_its_place(self):
        document = json.loads(plan({"labs": agent("good")}))
        document["agents"]["labs"]["timeout"] = "10 sec"
        document["flow"]["parallel"]["labs"]["agent"] = "lbas"
        err = self.bad(json.dumps(document, indent=2), '"10 sec"',
                       'did you mean "labs"', "^^^", "2 errors;")
        self.assertEqual(len(re.findall(r"^bad\.json:\d+:\d+: ", err, re.M)),
                         2)

    def test_broken_syntax_is_one_error(self):
        self.bad('{"reprise": 1,', "bad.json:1:", "1 error;")

    def test_binary_junk_is_told_harmlessly(self):
        err = self.bad(bytes(range(256)), "bad.json:1:1")
        self.assertFalse([c for c in err if ord(c) < 32 and c != "\n"])

    def test_a_worker_that_is_not_there_is_told(self):
        self.bad(plan({"labs": agent("gone")}), "./gone")

    def test_plans_that_cannot_be_read(self):
        self.assertIn("No such file", self.expect(2, "run", "gone.json").err)
        self.assertIn("directory", self.expect(2, "run", ".").err)

    def test_options_are_checked_before_anything_starts(self):
        for args in (("--seed", "x"), ("--seed", "-1"), ("--tag", "=v"),
                     ("--tag", "novalue"), ("--stub", "labs"),
                     ("--stub", "lbas=ok.json"), ("--stub", "labs=gone"),
                     ("--progress", "loud"), ("--commit-fd", "99"),
                     ("--commit-fd", "x"), ("--fault", "nonsense"),
                     ("--fault", "lbas : hang")):
            result = self.expect(2, "run", "ok.json", *args)
            self.assertTrue(result.err, args)
            self.assertFalse(os.path.exists(self.path(".reprise")), args)
        self.assertIn("did you mean 'labs'?", self.expect(
            2, "run", "ok.json", "--stub", "lbas=ok.json").err)


class Progress(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def test_piped_it_is_one_line_an_event(self):
        err = self.expect(0, "run", "ok.json").err
        for line in err.splitlines():
            self.assertRegex(
                line, r"^\d\d:\d\d:\d\d\.\d{3}Z [0-9A-Z]{6} \S+ \w+")
        self.assertRegex(err, r"(?m)gather/labs@1 start .*exec=\./good")
        self.assertRegex(err, r"(?m)gather/labs@1 end exited .*out=")
        self.assertRegex(err, r"(?m)session ended ok ")

    def test_as_json_every_line_meets_its_schema(self):
        err = self.expect(3, "run", "degraded.json", "--progress",
                          "json").err
        self.write("event.schema.json", self.expect(0, "schema", "event").out)
        names = []
        for number, line in enumerate(err.splitlines()):
            names.append(f"line{number}.json")
            self.write(names[-1], line)
        self.assertGreater(len(names), 10)
        self.expect(0, "check", "--schema", "event.schema.json", *names)

    def test_quiet_and_none(self):
        self.assertEqual(self.expect(0, "run", "ok.json", "--quiet").err, "")
        self.assertEqual(
            self.expect(3, "run", "degraded.json", "--quiet").err, "")
        err = self.expect(1, "run", "failed.json", "--quiet").err
        self.assertRegex(err, r"^reprise run: \w{6} failed: gather/labs failed: ")
        self.assertRegex(err, r"\n  reprise show \w{6}\n$")
        err = self.expect(3, "run", "degraded.json", "--progress=none").err
        self.assertIn("reprise show", err)
        self.assertNotIn("start", err)

    def test_commits_are_told_on_a_descriptor(self):
        read, write = os.pipe()
        os.set_inheritable(write, True)
        self.expect(0, "run", "ok.json", "--commit-fd", str(write),
                    pass_fds=(write,))
        os.close(write)
        with os.fdopen(read) as lines:
            told = lines.read().splitlines()
        self.assertEqual([int(line.split()[0]) for line in told],
                         list(range(1, len(told) + 1)))
        for line in told:
            self.assertRegex(line, r"^\d+ [0-9a-f]{64}$")

    def test_a_reader_of_progress_that_went_away_changes_nothing(self):
        read, write = os.pipe()
        os.close(read)
        self.expect(0, "run", "ok.json", stderr=write)
        os.close(write)

    def test_a_full_disk_for_the_document_is_told(self):
        with open("/dev/full", "wb") as full:
            result = self.expect(1, "run", "ok.json", stdout=full)
        self.assertIn("No space left on device", result.err)
        self.assertIn("--io session --part output", result.err)

    def test_a_closed_standard_output_does_not_hurt_the_store(self):
        self.not_under_a_wrapper("it opens descriptors of its own")
        self.expect(1, "run", "ok.json", preexec_fn=lambda: os.close(1))
        self.assertIn('"status":"ok"', self.expect(0, "ls", "--json").out)

    def test_git_is_not_given_the_store(self):
        os.mkdir(self.path(".git"))
        self.expect(0, "run", "ok.json")
        with open(self.path(".reprise", ".gitignore"),
                  encoding="ascii") as file:
            self.assertEqual(file.read().strip(), "*")
        err = self.expect(0, "run", "ok.json", "--store", "mine.db").err
        self.assertIn("git would commit 'mine.db'", err)


class Trace(Case):
    TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

    def setUp(self):
        super().setUp()
        write_all(self)

    def trace_of(self, parent):
        self.expect(0, "run", "ok.json", env={"TRACEPARENT": parent})
        return json.loads(
            self.expect(0, "ls", "--json", "--limit", "1").out)["trace"]

    def test_the_callers_trace_is_joined(self):
        self.assertEqual(
            self.trace_of(f"00-{self.TRACE}-00f067aa0ba902b7-01"), self.TRACE)

    def test_what_is_no_trace_is_ignored(self):
        self.assertNotEqual(
            self.trace_of(f"00-{self.TRACE}-00f067aa0ba902b7-1"), self.TRACE)

    def test_seed_and_tags_are_recorded(self):
        self.expect(0, "run", "ok.json", "--seed", "7", "--tag", "case=e-17",
                    "--tag", "who=me")
        line = json.loads(self.expect(0, "ls", "--json", "--tag",
                                      "case=e-17").out)
        self.assertEqual(line["seed"], "7")
        self.assertEqual(line["tags"], {"case": "e-17", "who": "me"})
        self.assertEqual(
            self.expect(0, "ls", "--json", "--tag", "case=other").out, "")


if __name__ == "__main__":
    main()
