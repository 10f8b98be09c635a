#!/usr/bin/env python3
"""replay --order: the same session, its calls completing in other orders."""
import json

from cli_plans import agent, plan, write_all
from cli_support import Case, main
from clinical_support import ClinicalCase, make_patient


class Order(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def explore(self, status, order="shuffle:7", *args):
        result = self.expect(status, "replay", "--json", "--order", order,
                             *args)
        self.write("schema.json", self.expect(0, "schema", "order").out)
        self.write("found.json", result.out)
        self.expect(0, "check", "--format", "--schema", "schema.json",
                    "found.json")
        return result.json()

    def worker(self, name, text):
        self.write(name, f"#!/bin/sh\ncat >/dev/null\n{text}\n", 0o755)

    def test_all_orders_of_what_was_in_flight_together(self):
        for count, possible in ((1, 1), (2, 2), (3, 6), (4, 24), (6, 720)):
            agents = {f"a{i}": agent("good") for i in range(count)}
            self.write("p.json", plan(agents, concurrency=8))
            self.expect(0, "run", "p.json", "--quiet")
            found = self.explore(0)
            self.assertEqual((found["calls"], found["finding"]),
                             (count, "same"))
            if found["possible"] < possible:  # one ended before another began
                self.assertGreaterEqual(found["possible"], 1)
            self.assertEqual(found["tried"], found["possible"])

    def test_what_follows_something_comes_after_it(self):
        self.write("p.json", plan(
            {"a": agent("good"), "b": agent("good")},
            flow={"sequence": [{"id": "one", "agent": "a"},
                               {"id": "two", "agent": "b"}]}))
        self.expect(0, "run", "p.json", "--quiet")
        self.assertEqual(self.explore(0)["possible"], 1)

    def test_of_many_orders_a_sample_is_tried(self):
        agents = {f"a{i:02}": agent("good") for i in range(20)}
        self.write("p.json", plan(agents, concurrency=20))
        self.expect(0, "run", "p.json", "--quiet")
        found = self.explore(0, "shuffle:7:50")
        self.assertTrue(found["possible_more"])
        self.assertEqual(found["runs"], 52)
        self.assertIn(found["tried"], (52, 53))  # the fastest may be recorded
        text = self.expect(0, "replay", "--order", "shuffle:7:50").out
        self.assertIn(f"{found['tried']} of more than 100000 orders", text)

    def test_fastest_and_reverse_are_one_order_each(self):
        self.expect(0, "run", "ok.json", "--quiet")
        for order in ("fastest", "reverse"):
            found = self.explore(0, order)
            self.assertEqual(found["runs"], 1)
            self.assertIn(found["tried"], (1, 2))  # it may be the recorded one

    def test_failures_and_retries_do_not_depend_on_it(self):
        self.write("p.json", plan(
            {"a": agent("good"),
             "b": agent("exit3", retry={"attempts": 3, "backoff": "1ms"},
                        optional=True),
             "c": agent("broken", fallback={"value": {"answer": 0}}),
             "d": agent("slow", timeout="100ms", grace="50ms",
                        optional=True)}))
        self.expect(3, "run", "p.json", "--quiet")
        self.assertEqual(self.explore(0)["finding"], "same")

    def depends(self):
        """Two agents fail at first, and the budget has one try more: who
        fails first gets it. One waits for the other's second try."""
        self.worker("a", "mkdir a.tried 2>/dev/null && exit 1\n"
                    ": >a.again; echo '{\"answer\": \"a\"}'")
        self.worker("b-slow", "until [ -e a.again ]; do sleep 0.02; done\n"
                    "exit 1")
        retry = {"attempts": 2, "backoff": "0s"}
        self.write("p.json", plan(
            {"a": agent("a", retry=retry, optional=True),
             "b": agent("b-slow", retry=retry, optional=True),
             "c": agent("good")}, budget={"attempts": 4}))
        self.expect(3, "run", "p.json", "--quiet")

    def test_a_plan_that_depends_on_it_is_caught_and_the_pair_is_named(self):
        self.depends()
        found = self.explore(1)
        self.assertIn(found["finding"], ("miss", "acceptance"))
        self.assertEqual((found["first"], found["second"]),
                         ("gather/a@1/call:1", "gather/b@1/call:1"))
        text = self.expect(1, "replay", "--order", "shuffle:7").out
        self.assertIn("gather/b@1/call:1 completes before "
                      "gather/a@1/call:1", text)

    def test_what_was_cut_short_by_time_is_told(self):
        self.write("p.json", plan(
            {"a": agent("good"), "b": agent("slow")}, flow={
                "id": "gather", "need": 1, "join": "enough",
                "parallel": {"a": {"agent": "a"}, "b": {"agent": "b"}}}))
        self.run_it("run", "p.json", "--quiet")
        found = self.explore(1)
        self.assertEqual(found["finding"], "same")
        self.assertEqual(found["cut_short"], "gather/b@1/call:1")
        self.assertIn("decided by", self.expect(
            1, "replay", "--order", "reverse").out)

    def test_a_changed_plan_is_tried_in_its_own_recorded_order(self):
        self.expect(0, "run", "ok.json", "--quiet")
        with open(self.path("ok.json"), encoding="utf-8") as file:
            document = json.load(file)
        document["agents"]["labs"]["timeout"] = "9s"
        self.write("changed.json", json.dumps(document))
        self.assertEqual(self.explore(
            0, "shuffle:7", "--plan", "changed.json")["finding"], "same")

    def test_the_same_seed_gives_the_same_answer(self):
        agents = {f"a{i:02}": agent("good") for i in range(9)}
        self.write("p.json", plan(agents, concurrency=9))
        self.expect(0, "run", "p.json", "--quiet")
        self.assertEqual(self.explore(0, "shuffle:3:20"),
                         self.explore(0, "shuffle:3:20"))

    def test_what_is_wrong_on_the_command_line(self):
        self.expect(0, "run", "ok.json", "--quiet")
        for order in ("", "shuffle", "shuffle:", "shuffle:x", "shuffle:1:0",
                      "shuffle:1:", "shuffle:-1", "random",
                      "shuffle:99999999999999999999"):
            self.expect(2, "replay", "--order", order)
        self.expect(2, "replay", "--order", "reverse", "--record")
        self.expect(0, "replay", "--order", "recorded", "--quiet")


class Clinical(ClinicalCase):
    def test_a_thousand_shuffles_change_nothing(self):
        make_patient(self.example)
        self.summary(0)
        found = self.expect(0, "replay", "--json", "--order",
                            "shuffle:11:1000").json()
        self.assertEqual(found["finding"], "same")
        self.assertEqual(found["runs"], 1000)
        self.assertEqual(found["tried"], found["possible"])
        self.assertIn("24 of 24 orders, shuffled 1000 times", self.expect(
            0, "replay", "--order", "shuffle:11:1000").out)


if __name__ == "__main__":
    main()
