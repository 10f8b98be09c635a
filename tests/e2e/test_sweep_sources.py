#!/usr/bin/env python3
"""Which sessions `reprise sweep` takes: resumed ones, failed ones, those that
ran under faults, and those with stand-ins."""
import json

from cli_support import Case, main

WORKER = "#!/bin/sh\ncat >/dev/null\necho '{\"a\":\"some words\"}'\n"
ALL = ["crash", "exit", "malformed", "contract", "timeout", "idle"]


def timed(case):
    return any("after=" in rule for rule in case["rules"])


class Sources(Case):
    def plan(self, name, flow, effects="none", **agent):
        self.write("worker", WORKER, 0o755)
        agents = {"one": {"exec": ["./worker"], "effects": effects,
                          "output": {"type": "object", "required": ["a"]},
                          **agent}}
        agents["spare"] = {k: v for k, v in agents["one"].items()
                           if k != "fallback"}
        self.write(f"{name}.json", json.dumps({
            "reprise": 1, "name": name, "agents": agents, "flow": flow,
            "budget": {"wall": "1h"},
            "defaults": {"timeout": "20s", "retry": {
                "attempts": 2, "backoff": "10ms..1s", "on": ALL}}}))
        return f"{name}.json"

    def chain(self, **more):
        return {"sequence": [{"id": "first", "agent": "one"},
                             {"id": "last", "agent": "one", **more}]}

    def cases(self, *args, status=0):
        doc = self.expect(status, "sweep", *args, "--quiet", "--format",
                          "json").json()
        return doc, doc["cases"]

    def test_a_resumed_session_is_swept_as_if_it_had_not_died(self):
        plan = self.plan("p", self.chain())
        self.expect(0, "run", plan, "--quiet")
        whole, cases = self.cases("--classes", "kill,output,contract")
        self.expect(137, "run", plan, "--quiet", "--fault",
                    "orchestrator [2] : crash(after)")
        self.expect(0, "resume", "--quiet")
        self.assertIn("lost", self.expect(0, "show").out)
        resumed, again = self.cases("--classes", "kill,output,contract")
        self.assertEqual(resumed["counts"], whole["counts"])
        # Times are another run's.
        self.assertEqual(
            [(c["verdict"], c["rules"]) for c in again
             if not timed(c)],
            [(c["verdict"], c["rules"]) for c in cases
             if not timed(c)])
        # So does what is pasted.
        self.assertIn("2 tries", self.expect(
            0, "replay", "--fault", "last @1 : kill").err)

    def test_what_only_a_dead_process_did_is_left_out_and_says_why(self):
        plan = self.plan("p", {"parallel": {"a": {"agent": "one"},
                                            "b": {"agent": "spare"}},
                               "need": 1, "id": "both"}, "external",
                         retry={"attempts": 1})
        self.expect(137, "run", plan, "--quiet", "--fault",
                    "orchestrator [2] : crash(after)")
        self.expect(3, "resume", "--quiet")
        doc, cases = self.cases("--classes", "kill,output", status=1)
        self.assertEqual(doc["counts"]["not-triggered"], 0)
        notes = {c.get("note") for c in cases}
        self.assertIn("the recorded process died while it ran", notes)

    def test_a_session_that_failed_by_itself_is_refused(self):
        plan = self.plan("p", self.chain())
        self.write("worker", "#!/bin/sh\nexit 3\n", 0o755)
        self.expect(1, "run", plan, "--quiet")
        self.assertIn("without any fault", self.expect(2, "sweep").err)
        self.assertIn("came to a result", self.expect(2, "sweep", plan).err)

    def test_a_plan_is_held_against_a_session_without_faults(self):
        plan = self.plan("p", self.chain())
        self.expect(0, "run", plan, "--quiet")
        first = self.expect(0, "show", "--json").json()["session"]
        self.expect(0, "run", plan, "--quiet", "--fault", "last @1 : kill")
        doc, _ = self.cases(plan, "--classes", "kill")
        self.assertEqual(doc["session"], first)

    def test_a_stand_in_is_attacked_where_its_output_has_a_place(self):
        plan = self.plan("p", self.chain(), fallback={"agent": "spare"})
        self.expect(0, "run", plan, "--quiet")
        doc, cases = self.cases("--classes", "kill,output")
        self.assertEqual(doc["counts"]["not-triggered"], 0)
        self.assertTrue([c for c in cases if any(
            "$fallback" in rule for rule in c["rules"])])


if __name__ == "__main__":
    main()
