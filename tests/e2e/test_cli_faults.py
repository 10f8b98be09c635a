#!/usr/bin/env python3
"""faults: the catalogue, and that each fault does to a real worker what it
does to a recorded one."""
import json
import os
from concurrent.futures import ThreadPoolExecutor

from cli_plans import agent, plan, write_all
from cli_support import Case, main

DOCUMENT = ('{"id": "p1", "n": 12, "ok": true, "word": "caf\u00e9", '
            '"list": [{"code": "a"}, {"code": "b"}], "by": {"who": "me"}, '
            '"at": "2026-01-31T09:00Z", "dose": "5 mg", "score": 0.4, '
            '"note": "seen twice a day", "sources": ["s1"]}')
SCHEMA = {"type": "object", "required": ["id", "n", "ok", "word", "list", "by"],
          "additionalProperties": False, "properties": {
              "id": {"type": "string", "minLength": 1},
              "n": {"type": "integer", "minimum": 0},
              "ok": {"type": "boolean"}, "word": {"type": "string"},
              "by": {"type": "object", "required": ["who"]},
              "at": {"type": "string"}, "dose": {"type": "string"},
              "score": {"type": "number"}, "note": {"type": "string"},
              "sources": {"type": "array", "items": {"type": "string"}},
              "list": {"type": "array", "minItems": 1, "items": {
                  "type": "object", "required": ["code"],
                  "additionalProperties": False,
                  "properties": {"code": {"type": "string"}}}}}}
# At a place where the fault of that name finds something.
PLACES = {"out.missing": "/n", "out.null": "/n", "sem.contradict": "/n",
          "sem.wrong_entity": "/id"}
SLOW = {"slow.fixed", "slow.dist", "slow.drip", "spawn.slow", "late.result"}
# What stays a document that the contract takes.
ACCEPTED = {"out.no_final_newline", "out.crlf", "out.mojibake",
            "out.placeholder", "out.enum_out", "out.date_format",
            "out.timezone", "out.huge", "out.array_huge", "out.array_short",
            "out.wrong_task_id", "out.split_writes", "backpressure.stderr",
            "hang.inherited_pipe", "spawn.double"}
# What a limit of time ends, and one that each of them reaches before.
LATE = {"hang", "hang.before_output", "hang.mid_output", "hang.after_output",
        "hang.ignore_term", "hang.heartbeat_only", "spawn.lost", *SLOW}
ENOUGH = "15s"
SEED = "1"  # where a fault hits depends on it
# Whether it is denied anything depends on the user and on what it does.
TRIED_ELSEWHERE = {"res.nproc", "res.cpu"}
REFUSED = {"sem.sign", "sem.success_no_work"}


class Faults(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def catalogue(self):
        out = self.expect(0, "faults", "list", "--json").out
        return [json.loads(line) for line in out.splitlines()]

    def test_the_catalogue_meets_its_schema(self):
        self.write("schema.json", self.expect(0, "schema", "fault").out)
        files = []
        for fault in self.catalogue():
            files.append(fault["fault"] + ".json")
            self.write(files[-1], json.dumps(fault))
        self.expect(0, "check", "--format", "--schema", "schema.json",
                    *files)
        self.assertGreater(len(self.catalogue()), 60)

    def test_each_is_listed_and_explained(self):
        listed = self.expect(0, "faults", "list").out
        names = [fault["fault"] for fault in self.catalogue()]
        for name in names:
            self.assertIn(f"  {name} ", listed)
        explained = self.expect(0, "faults", "explain", *names).out
        self.assertEqual(explained.count("  defence "), len(names))
        self.assertIn("  cut       how much is kept", explained)
        changing = [f for f in self.catalogue() if f["data"]]
        self.assertGreater(len(changing), 80)
        for what in ("  it makes\n", "  strict    ", "  lenient   "):
            self.assertEqual(explained.count(what), len(changing))
        for fault in self.catalogue():
            self.assertEqual("readers" in fault, fault["data"], fault)

    def test_an_explanation_shows_what_our_own_reader_says(self):
        for name, told in (
                ("out.fence", "refuses it: a value is expected"),
                ("out.range_out", "below the minimum 0"),
                ("sem.digit", "takes it: its form is as asked for")):
            self.assertIn(told, self.expect(
                0, "faults", "explain", name).out)

    def test_what_is_wrong_on_the_command_line(self):
        self.assertIn("did you mean out.fence?", self.expect(
            2, "faults", "explain", "out.fenze").err)
        self.assertIn("faults begin with 'out'", self.expect(
            2, "faults", "explain", "out").err)
        self.expect(2, "faults", "explain")
        self.expect(2, "faults", "list", "kill")
        self.expect(2, "faults", "lst")

    def record(self):
        self.write("report", "#!/bin/sh\ntask=$(cat) || exit 1\n"
                   "case $task in '{\"task\":'*) ;; *) exit 1 ;; esac\n"
                   "test \"$NEED\" = 1 || exit 1\n"
                   "echo made >made.txt || exit 1\n"
                   f"printf '%s\\n' '{DOCUMENT}'\n", 0o755)
        for name, more in (("p.json", {}),
                           ("hasty.json", {"timeout": ENOUGH})):
            self.write(name, plan(
                {"labs": agent("report", grace="100ms", output=SCHEMA,
                               optional=True, env={"NEED": "1"}, **more),
                 "notes": agent("note")}))
        self.expect(0, "run", "p.json", "--quiet", "--seed", SEED)
        return json.loads(self.expect(
            0, "ls", "--json", "--limit", "1").out)["session"]

    def rule(self, name):
        place = PLACES.get(name)
        return f"labs : {name}" + (
            f"(at={place})" if place else "(1h)" if name in SLOW else "")

    def test_each_does_to_a_real_worker_what_it_does_to_a_recorded_one(self):
        session = self.record()
        late = []
        for fault in self.catalogue():
            on_none = fault["class"] in ("crash", "store", "export")
            if on_none or fault["fault"] in TRIED_ELSEWHERE:
                continue
            rule = self.rule(fault["fault"])
            again = self.run_it("replay", session, "--quiet", "--fault", rule)
            self.assertEqual(again.status, 0 if self.accepted(fault) else 3,
                             (rule, again.err))
            if self.is_late(session, rule):
                late.append((fault["fault"], rule, again))
            else:
                self.is_as(again, "p.json", rule)
                self.expect(0, "verify")
        self.assertEqual({name for name, _, _ in late}, LATE)
        with ThreadPoolExecutor(len(late)) as pool:  # all at the same time
            for done in [pool.submit(self.is_as, again, "hasty.json", rule,
                                     "--store", self.path(name + ".db"))
                         for name, rule, again in late]:
                done.result()

    def accepted(self, fault):
        return fault["fault"] in ACCEPTED or (
            fault["class"] == "sem" and fault["fault"] not in REFUSED)

    def is_late(self, session, rule):
        """Whether a limit of time ends it."""
        found = self.run_it("replay", session, "--json", "--fault", rule)
        return any("timeout" in lane["replayed"]["tries"]
                   for lane in found.json()["lanes"])

    def is_as(self, again, name, rule, *args):
        live = self.run_it("run", name, "--quiet", "--seed", SEED, "--fault",
                           rule, *args)
        self.assertEqual((live.status, live.out), (again.status, again.out),
                         (rule, live.err, again.err))
        self.assertNotIn("never fired", live.err, rule)

    def test_a_processor_is_taken_away_from_who_uses_it(self):
        self.record()
        self.write("report", "#!/bin/sh\nwhile :; do :; done\n", 0o755)
        self.expect(3, "run", "p.json", "--quiet", "--fault",
                    "labs : res.cpu")
        self.assertIn("signal 24", self.expect(0, "show").out)

    def test_what_a_worker_can_do_without_changes_nothing(self):
        self.record()
        self.write("report", "#!/bin/sh\n"
                   f"printf '%s\\n' '{DOCUMENT}'\n", 0o755)
        for name in ("res.cpu", "res.fsize", "res.nproc",
                     "spawn.stdin_closed"):
            done = self.expect(1, "run", "p.json", "--quiet", "--fault",
                               f"labs : {name}")
            self.assertIn("changed none", done.err, name)

    def test_what_is_started_twice_works_twice_for_one_key(self):
        self.record()
        self.write("report", "#!/bin/sh\necho \"$REPRISE_KEY\" >>keys.txt\n"
                   f"printf '%s\\n' '{DOCUMENT}'\n", 0o755)
        plain = self.expect(0, "run", "p.json", "--quiet").out
        with open(self.path("keys.txt"), encoding="utf-8") as file:
            self.assertEqual(len(file.read().split()), 1)
        os.unlink(self.path("keys.txt"))
        twice = self.expect(0, "run", "p.json", "--quiet", "--fault",
                            "labs : spawn.double => survived")
        self.assertEqual(twice.out, plain)
        with open(self.path("keys.txt"), encoding="utf-8") as file:
            keys = file.read().split()
        self.assertEqual(len(keys), 2)
        self.assertEqual(len(set(keys)), 1)
        self.expect(0, "verify")

    def test_how_late_each_is_depends_on_the_seed_alone(self):
        session = self.record()

        def late_ns(seed):
            found = self.expect(
                0, "replay", session, "--json", "--seed", str(seed),
                "--plan", "patient.json", "--fault",
                "labs : slow.dist(1s)").json()
            lane, = [lane for lane in found["lanes"]
                     if lane["path"] == "gather/labs"]
            return (int(lane["replayed"]["ended_ns"]) -
                    int(lane["recorded"]["ended_ns"]))

        with open(self.path("p.json"), encoding="utf-8") as file:
            document = json.load(file)
        document["agents"]["labs"]["timeout"] = "60s"
        self.write("patient.json", json.dumps(document))
        late = [late_ns(seed) for seed in range(1, 9)]
        self.assertEqual(late, [late_ns(seed) for seed in range(1, 9)])
        self.assertGreater(len(set(late)), 3)
        self.assertGreaterEqual(min(late), 116_000_000)
        self.assertLessEqual(max(late), 8_618_000_000)

    def test_a_variable_is_missing_by_its_name(self):
        self.record()
        rule = "labs : spawn.env_missing({})"
        self.expect(3, "run", "p.json", "--quiet", "--fault",
                    rule.format("NE*"))
        self.assertIn("changed none", self.expect(
            1, "run", "p.json", "--quiet", "--fault",
            rule.format("OTHER")).err)
        self.assertIn("not the name of a variable", self.expect(
            2, "run", "p.json", "--quiet", "--fault",
            rule.format("name=NEED=2")).err)

    def test_a_directory_that_is_gone_is_named(self):
        self.record()
        with open(self.path("p.json"), encoding="utf-8") as file:
            document = json.load(file)
        told = "in its directory: No such file or directory"
        self.expect(3, "run", "p.json", "--quiet", "--fault",
                    "labs : spawn.cwd_gone")
        self.assertIn(told, self.expect(0, "show").out)
        document["agents"]["labs"]["cwd"] = "there"
        self.write("p.json", json.dumps(document))
        self.expect(3, "run", "p.json", "--quiet")
        self.assertIn(told, self.expect(0, "show").out)

    def test_a_worker_starts_no_process_unless_it_is_root(self):
        self.record()
        self.write("report", "#!/bin/sh\n/bin/true || exit 1\n"
                   f"printf '%s\\n' '{DOCUMENT}'\n", 0o755)
        root = os.geteuid() == 0
        done = self.expect(1 if root else 3, "run", "p.json", "--quiet",
                           "--fault", "labs : res.nproc")
        self.assertEqual("changed none" in done.err, root)

    def test_a_crash_on_purpose_leaves_no_core(self):
        self.record()
        self.write("report", "#!/bin/sh\nexec sleep 3600\n", 0o755)
        for name in ("kill.segv", "kill.abort"):
            self.expect(3, "run", "p.json", "--quiet", "--fault",
                        f"labs : {name}(after=50ms)")
        self.assertEqual([name for name in os.listdir(self.dir)
                          if name.startswith("core")], [])

    def test_an_output_above_the_limit_ends_there(self):
        session = self.record()
        with open(self.path("p.json"), encoding="utf-8") as file:
            document = json.load(file)
        document["agents"]["labs"]["output_max"] = "64KiB"
        self.write("p.json", json.dumps(document))
        for args in (("run", "p.json"),
                     ("replay", session, "--plan", "p.json")):
            self.expect(3, *args, "--quiet", "--fault", "labs : out.huge")
        self.assertIn("passed its limit", self.expect(0, "show").out)

    def test_a_worker_that_was_not_started_is_named(self):
        self.record()
        for name, why in (("enoent", "No such file or directory"),
                          ("eacces", "Permission denied"),
                          ("eagain", "Resource temporarily unavailable")):
            self.expect(3, "run", "p.json", "--quiet", "--fault",
                        f"labs : spawn.{name}")
            shown = self.expect(0, "show").out
            self.assertIn("report", shown)
            self.assertIn(why, shown)

    def test_a_retry_gets_over_what_happens_once(self):
        self.record()
        for name in ("p.json", "hasty.json"):
            with open(self.path(name), encoding="utf-8") as file:
                document = json.load(file)
            document["agents"]["labs"]["retry"] = {
                "attempts": 2, "backoff": "1ms",
                "on": ["timeout", "crash", "malformed", "exit", "spawn"]}
            self.write(name, json.dumps(document))
        for name in ("out.fence", "spawn.eagain", "exit.nonzero_full",
                     "kill"):
            self.expect(0, "run", "p.json", "--quiet", "--fault",
                        f"labs @1 : {name}")
        self.expect(0, "run", "hasty.json", "--quiet", "--fault",
                    "labs @1 : slow.fixed(1h)")

    def test_a_rule_that_did_not_fire_is_not_green(self):
        session = self.record()
        for status, rule in ((1, "labs [9] : late.result(1ms)"),
                             (0, "labs [9] ?50% : late.result(1ms)"),
                             (0, "labs : late.result(1ms)"),
                             (3, "labs : kill")):
            live = self.run_it("run", "p.json", "--quiet", "--fault", rule)
            again = self.run_it("replay", session, "--quiet", "--fault", rule)
            self.assertEqual((live.status, again.status), (status, status),
                             rule)
            self.assertEqual("never fired" in live.err, "[9]" in rule)

    def test_a_trigger_works_live_as_it_does_over_a_recording(self):
        session = self.record()
        for status, rule in (
                (3, "labs after=0s : kill"),
                (1, "labs after=1h : kill"),
                (3, "labs until=1h : kill"),
                (3, "labs until=notes.ended max=1 : kill"),
                (1, "labs after=notes.ended : kill"),
                (3, "labs byte=3 : kill.mid_write"),
                (1, "labs byte=999999 : kill.mid_write"),
                (1, "labs event=7 : hang.mid_output"),
                (1, "labs /nothing=1 : kill")):
            live = self.run_it("run", "p.json", "--quiet", "--fault", rule)
            again = self.run_it("replay", session, "--quiet", "--fault", rule)
            self.assertEqual((live.status, live.out),
                             (again.status, again.out), rule)
            self.assertEqual(live.status, status, (rule, live.err))

    def test_faults_stop_when_their_file_says_so(self):
        self.record()
        self.write("faults.json", json.dumps({
            "faults": 1, "stop_when": [{"fired": ">= 1"}],
            "rules": ["labs : kill", "notes : kill"]}))
        result = self.run_it("run", "p.json", "--faults", "faults.json")
        self.assertEqual(result.err.count("never fired"), 1, result.err)
        self.write("faults.json", json.dumps({
            "faults": 1, "stop_when": [{"cost_usd": ">= 1"}],
            "rules": ["labs : kill"]}))
        self.assertIn("nothing that it can stop by", self.expect(
            2, "run", "p.json", "--faults", "faults.json").err)

    def test_what_a_rule_expects_decides_the_exit_status(self):
        session = self.record()
        for status, rule, told in (
                (0, "labs : kill => degraded<1h",
                 "fault rule 'r1' expected: degraded within 1h; so it is: "
                 "degraded in "),
                (0, "labs : late.result(1ms) => survived", "so it is"),
                (1, "labs : kill => survived", "it is: degraded in "),
                (1, "labs : kill => survived|degraded<1ns", "it is: degraded"),
                (1, "labs [9] : kill => survived|degraded",
                 "it never fired")):
            live = self.expect(status, "run", "p.json", "--fault", rule)
            self.assertIn(told, live.err)
            again = self.expect(status, "replay", session, "--fault", rule)
            self.assertIn(told, again.err)
        met = self.expect(0, "run", "p.json", "--quiet", "--fault",
                          "labs : kill => degraded")
        self.assertEqual(met.err, "")
        missed = self.expect(1, "run", "p.json", "--quiet", "--fault",
                             "labs : kill => survived", "--fault",
                             "notes : late.result(1ms) => degraded")
        self.assertEqual(missed.err.count(" expected: "), 2)
        wrong = self.expect(2, "run", "p.json", "--fault",
                            "labs : kill => survivd")
        self.assertIn("did you mean 'survived'?", wrong.err)

    def test_profiles_are_listed_printed_and_played(self):
        session = self.record()
        names = [line.split()[0] for line in self.expect(
            0, "faults", "profiles").out.splitlines()]
        self.assertIn("bad-json", names)
        for name in names:
            text = self.expect(0, "faults", "profiles", name).out
            self.assertEqual(json.loads(text)["name"], name)
            self.write("mine.json", text)
            played = self.run_it("replay", session, "--quiet", "--seed", "4",
                                 "--faults", name)
            if name in ("full-disk", "collector-down"):
                self.assertIn("needs a live run", played.err)
                continue
            self.assertIn(played.status, (0, 1, 3), (name, played.err))
            again = self.run_it("replay", session, "--quiet", "--seed", "4",
                                "--faults", "./mine.json")
            self.assertEqual((again.status, again.out),
                             (played.status, played.out), name)
        self.expect(1, "run", "p.json", "--quiet", "--faults",
                    "worker-murder")
        self.expect(2, "faults", "profiles", "nil")
        self.assertIn("disk is full", self.expect(
            4, "run", "p.json", "--quiet", "--faults", "full-disk").err)
        self.assertIn("--otlp", self.expect(
            2, "run", "p.json", "--faults", "collector-down").err)

    def test_a_file_of_rules_holds_both_notations(self):
        self.record()
        self.write("rules.json", json.dumps({"faults": 1, "rules": [
            "notes : late.result(1ms) => degraded",
            {"id": "murder", "on": {"agent": "labs"},
             "do": {"fault": "kill"}, "expect": "degraded"}]}))
        live = self.expect(0, "run", "p.json", "--faults", "rules.json",
                           "--fault", "labs : hang")
        self.assertIn("fault rule 'murder' expected", live.err)
        self.expect(0, "replay", "--faults", "rules.json")
        for text, told in (
                ("{", "line 1"), ('{"rules": []}', "'faults' must be 1"),
                ('{"faults": 1, "ruls": []}', "did you mean 'rules'?"),
                ('{"faults": 1, "rules": []}', "one rule or more"),
                ('{"faults": 1, "rules": [4]}', "an object or a string"),
                ('{"faults": 1, "rules": ["labs : hng"]}', "did you mean")):
            self.write("wrong.json", text)
            self.assertIn(told, self.expect(
                2, "run", "p.json", "--faults", "wrong.json").err)
        self.assertIn("did you mean 'bad-json'?", self.expect(
            2, "run", "p.json", "--faults", "bad-jsn").err)
        self.expect(2, "run", "p.json", "--faults", "nowhere.json")


if __name__ == "__main__":
    main()
