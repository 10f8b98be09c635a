#!/usr/bin/env python3
"""Sessions that earlier versions recorded verify for ever, and run again as
they did."""
import glob
import os

from cli_support import Case, main

GOLDEN = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "golden")


class Golden(Case):
    def test_they_verify_and_replay(self):
        bundles = sorted(glob.glob(os.path.join(GOLDEN, "*", "*.bundle")))
        self.assertGreaterEqual(len(bundles), 9)
        for bundle in bundles:
            name = os.path.relpath(bundle, GOLDEN)
            with self.subTest(name):
                self.assertIn(" verifies: ",
                              self.expect(0, "verify", bundle).out)
                self.assertIn("identical: ",
                              self.expect(0, "replay", bundle).err)
                self.assertNotEqual(self.expect(0, "show", bundle).out, "")

    def test_one_that_is_taken_in_and_bundled_again_is_the_same(self):
        for bundle in glob.glob(os.path.join(GOLDEN, "*", "*.bundle")):
            store = self.path(os.path.basename(bundle) + ".db")
            self.expect(0, "import", bundle, "--store", store)
            self.expect(0, "bundle", "--store", store, "-o", "again.bundle")
            with open(bundle, "rb") as golden, \
                    open(self.path("again.bundle"), "rb") as again:
                self.assertEqual(again.read(), golden.read(), bundle)


if __name__ == "__main__":
    main()
