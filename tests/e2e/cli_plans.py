"""Plans and workers that the end-to-end tests of the command line run. Who is
expected to deliver has all the time of a busy machine; who is to be late never
comes."""
import json

WORKERS = {
    # Deliver at once.
    "good": '#!/bin/sh\ncat >/dev/null\nprintf \'{"answer": 42}\\n\'\n',
    "note": '#!/bin/sh\ncat >/dev/null\necho looking >&2\n'
            'printf \'{"note": "fine"}\\n\'\n',
    # Fail in the ways that workers fail.
    "broken": '#!/bin/sh\ncat >/dev/null\nprintf \'{"answer": \'\n',
    "exit3": '#!/bin/sh\ncat >/dev/null\necho no luck >&2\nexit 3\n',
    # Adds up what it is given, and tells in a file that it began.
    "total": '#!/usr/bin/env python3\nimport json, sys\n'
             'with open("began.log", "a") as log:\n'
             '    log.write("total@1\\n")\n'
             'task = json.load(sys.stdin)\n'
             'print(json.dumps({"total": sum('
             'v["n"] for v in task["input"].values())}))\n',
    # Wait until they are ended; the file tells that they run.
    "slow": '#!/bin/sh\necho $$ >>"$PWD/pids"\nexec sleep 3600\n',
}


def agent(worker, **more):
    spec = {"exec": [f"./{worker}"], "timeout": "15m", "linger": "15m",
            "effects": "none", "retry": {"attempts": 1}}
    spec.update(more)
    return spec


def plan(agents, need=None, name="clinic", **more):
    """All agents side by side."""
    node = {"id": "gather",
            "parallel": {name: {"agent": name} for name in agents}}
    if need is not None:
        node["need"] = need
    document = {"reprise": 1, "name": name, "agents": agents, "flow": node}
    document.update(more)
    return json.dumps(document, indent=2)


def write_all(case):
    """The workers, and one plan for each way a session ends."""
    for name, text in WORKERS.items():
        case.write(name, text, 0o755)
    good = {"labs": agent("good"), "notes": agent("note")}
    case.write("ok.json", plan(good))
    case.write("degraded.json", plan(
        {"labs": agent("good"), "notes": agent("exit3")}, need=1))
    case.write("failed.json", plan(
        {"labs": agent("broken"), "notes": agent("exit3")}))
    case.write("slow.json", plan(
        {"labs": agent("good"), "notes": agent("slow")}))
