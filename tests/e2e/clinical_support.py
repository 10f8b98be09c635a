"""A copy of the clinical example for each test."""
import os
import shutil
import subprocess

from cli_support import Case

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SOURCE = os.path.join(ROOT, "examples", "clinical")


class ClinicalCase(Case):
    def setUp(self):
        super().setUp()
        self.example = self.path("clinical")
        shutil.copytree(SOURCE, self.example, ignore=shutil.ignore_patterns(
            "clinical.db*", "__pycache__"))
        subprocess.run([os.path.join(self.example, "build-db")], check=True,
                       stdout=subprocess.DEVNULL)

    def summary(self, status, *args):
        result = self.expect(status, "run", "clinical/plan.json", *args)
        self.expect(0, "verify")
        return result.json()
