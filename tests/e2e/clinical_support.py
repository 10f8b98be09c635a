"""A copy of the clinical example for each test."""
import os
import re
import shutil
import subprocess

from cli_support import Case

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SOURCE = os.path.join(ROOT, "examples", "clinical")


LIMITS = '"timeout": "4s", "idle": "3s", '
PATIENT = '"timeout": "600s", "idle": "600s", "linger": "600s", '


def patient(text, hurried=(), limits=LIMITS):
    """The example's plan for a machine that takes its time: no agent is given
    up as long as it works, but the hurried ones as in the example, or by other
    limits."""
    for old, new in ((LIMITS, PATIENT), ('"wall": "30s"', '"wall": "3600s"')):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    for name in hurried:
        text, count = re.subn(rf'("{name}": *{{ )("exec")',
                              rf"\1{limits}\2", text)
        assert count == 1, name
    return text


def make_patient(folder, hurried=(), limits=LIMITS):
    """Of the plan in a copy of the example; `hurried.json` beside it is the
    same with hurried agents."""
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as file:
        text = file.read()
    for name, plan in (("plan.json", patient(text)),
                       ("hurried.json", patient(text, hurried, limits))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(plan)


class ClinicalCase(Case):
    def setUp(self):
        super().setUp()
        self.example = self.path("clinical")
        shutil.copytree(SOURCE, self.example, ignore=shutil.ignore_patterns(
            "clinical.db*", "__pycache__"))
        subprocess.run([os.path.join(self.example, "build-db")], check=True,
                       stdout=subprocess.DEVNULL)

    def summary(self, status, *args, plan="clinical/plan.json"):
        result = self.expect(status, "run", plan, *args)
        self.expect(0, "verify")
        return result.json()
