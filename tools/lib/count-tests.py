"""Adds up the xUnit reports in a folder and the names of failed steps; the last line is the sum.

count-tests.py FOLDER [FAILED-STEP…]     exits 1 if anything failed or nothing was counted
"""

import pathlib
import sys
import xml.etree.ElementTree

#: What each suite must leave behind; a missing report means that the suite never finished.
SUITES = {"unit tests": "unit*.xml", "end-to-end tests": "end-to-end.xml"}


def count(path):
    """(passed, failed, skipped) of one report. Cases are counted one by one: the totals that
    tools write into a report's head differ in what they include."""
    passed = failed = skipped = 0
    try:
        cases = xml.etree.ElementTree.parse(path).iter("testcase")
    except xml.etree.ElementTree.ParseError:
        return 0, 1, 0  # cut short by a crash
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main(folder, failed_steps):
    passed = failed = 0
    for suite, pattern in SUITES.items():
        counts = [count(path) for path in sorted(pathlib.Path(folder).glob(pattern))]
        good, bad, left_out = map(sum, zip(*counts)) if counts else (0, 0, 0)
        if bad == 0 and (suite in failed_steps or good == 0):
            bad = 1  # it failed to build, crashed or ran nothing
        print(f"{suite}: {good} passed, {bad} failed, {left_out} skipped")
        passed, failed = passed + good, failed + bad
    for step in failed_steps:
        print(f"failed: {step}")
        if step not in SUITES:
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
