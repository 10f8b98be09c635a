"""What the workers share: the task they are given, the database, the answer.

The protocol is one JSON document on standard input and one on standard output;
see docs/plan.md. Time inside an encounter stands still at its end: what was
known then is what a worker may use.
"""
import json
import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DATABASE = os.environ.get("CLINICAL_DB") or os.path.join(HERE, "clinical.db")


class Encounter:
    """Who, when, and the answer's place in the world."""

    def __init__(self, database, row):
        self.database = database
        (self.id, self.patient, self.setting, self.status, self.began,
         self.until, self.reason, self.sex, self.born) = row

    def rows(self, query, *values):
        return self.database.execute(query, values).fetchall()

    @property
    def age(self):
        birthday_to_come = self.until[5:10] < self.born[5:10]
        return int(self.until[:4]) - int(self.born[:4]) - birthday_to_come


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def fail(message):
    """A worker that cannot answer says why and delivers nothing."""
    print(message, file=sys.stderr)
    sys.exit(1)


def open_database(path=DATABASE):
    if not os.path.exists(path):
        fail(f"{path} is missing: run examples/clinical/build-db first")
    for sign, escape in (("%", "%25"), ("?", "%3f"), ("#", "%23")):
        path = path.replace(sign, escape)  # it becomes part of an address
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def find_encounter(database, name):
    row = database.execute(
        "SELECT e.encounter, e.patient, setting, status, began, until, reason,"
        " sex, born FROM encounter e JOIN patient p USING (patient)"
        " WHERE e.encounter = ?", (name,)).fetchone()
    if row is None:
        fail(f"there is no encounter {name!r}")
    return Encounter(database, row)


def read_input(*names):
    """The task's input, an object that has all of `names`."""
    try:
        task = json.load(sys.stdin)
    except ValueError as problem:
        fail(f"the task on standard input is not JSON: {problem}")
    given = task.get("input") if isinstance(task, dict) else None
    for name in names:
        if not isinstance(given, dict) or name not in given:
            fail(f"the task on standard input has no /input/{name}")
    return given


def answer(document):
    json.dump(document, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")


def progress(text):
    """Tells whoever watches; nobody may be listening."""
    if "REPRISE_EVENTS" in os.environ:
        try:
            os.write(3, json.dumps(
                {"type": "progress", "text": text}).encode() + b"\n")
        except OSError:
            pass


def work(function):
    """Runs a worker that looks one encounter up."""
    name = read_input("encounter")["encounter"]
    encounter = find_encounter(open_database(), str(name))
    progress(f"{encounter.id}: {encounter.reason}")
    answer({"encounter": encounter.id, **function(encounter)})
