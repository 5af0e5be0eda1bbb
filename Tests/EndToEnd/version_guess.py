"""Which release of Kafka tools take a broker for, by the versions of its APIs.

The rule is that of franz-go's `kversion`, which kadm and kcl show: from the newest release down, the
first one of which the broker has everything, and in the same versions or newer ones. What is between
two releases is told as such.
"""

#: What each release has brought: API keys with their newest versions.
RELEASES = {
    "v0.8.0": {0: 0, 1: 0, 2: 0, 3: 0},
    "v0.8.1": {8: 0, 9: 0},
    "v0.8.2": {8: 1, 9: 1, 10: 0, 11: 0, 12: 0},
    "v0.9.0": {0: 1, 1: 1, 8: 2, 13: 0, 14: 0, 15: 0, 16: 0},
    "v0.10.0": {0: 2, 1: 2, 3: 1, 17: 0, 18: 0},
    "v0.10.1": {1: 3, 2: 1, 3: 2, 11: 1, 19: 0, 20: 0},
    "v0.10.2": {19: 1},
    "v0.11.0": {0: 3, 1: 5, 2: 2, 3: 4, 8: 3, 9: 3, 10: 1, 11: 2, 12: 1, 13: 1, 14: 1, 15: 1, 16: 1,
                18: 1, 19: 2, 20: 1, 21: 0, 22: 0, 23: 0, 24: 0, 25: 0, 26: 0, 28: 0, 29: 0, 30: 0,
                31: 0, 32: 0, 33: 0},
    "v1.0": {0: 5, 1: 6, 3: 5, 17: 1, 34: 0, 35: 0, 36: 0, 37: 0},
    "v1.1": {1: 7, 32: 1, 38: 0, 39: 0, 40: 0, 41: 0, 42: 0},
    "v2.0": {0: 6, 1: 8, 2: 3, 3: 6, 8: 4, 9: 4, 10: 2, 11: 3, 12: 2, 13: 2, 14: 2, 15: 2, 16: 2, 18: 2,
             19: 3, 20: 2, 21: 1, 22: 1, 23: 1, 24: 1, 25: 1, 26: 1, 28: 1, 29: 1, 30: 1, 31: 1, 32: 2,
             33: 1, 34: 1, 35: 1, 37: 1, 38: 1, 39: 1, 40: 1, 41: 1, 42: 1},
    "v2.1": {0: 7, 1: 10, 2: 4, 3: 7, 8: 6, 9: 5, 20: 3, 23: 2, 28: 2},
    "v2.2": {2: 5, 11: 4, 36: 1, 43: 0},
    "v2.3": {1: 11, 3: 8, 8: 7, 11: 5, 12: 3, 14: 3, 15: 3, 23: 3, 44: 0},
    "v2.4": {0: 8, 3: 9, 8: 8, 9: 6, 10: 3, 11: 6, 12: 4, 13: 4, 14: 4, 15: 5, 16: 3, 18: 3, 19: 5,
             20: 4, 22: 2, 38: 2, 42: 2, 43: 2, 44: 1, 45: 0, 46: 0, 47: 0},
    "v2.5": {9: 7, 11: 7, 14: 5, 22: 3, 28: 3, 29: 2, 30: 2, 31: 2, 36: 2, 37: 2, 39: 2, 40: 2, 41: 2},
    "v2.6": {16: 4, 21: 2, 32: 3, 35: 2, 48: 0, 49: 0},
    "v2.7": {1: 12, 19: 6, 20: 5, 22: 4, 24: 2, 25: 2, 26: 2, 37: 3, 50: 0, 51: 0},
    "v2.8": {0: 9, 2: 6, 3: 11, 19: 7, 20: 6, 23: 4, 24: 3, 25: 3, 26: 3, 32: 4, 33: 2, 34: 2, 48: 1,
             49: 1, 60: 0, 61: 0},
    "v3.0": {2: 7, 9: 8, 10: 4, 65: 0, 66: 0},
    "v3.1": {1: 13, 3: 12},
    "v3.2": {11: 9, 13: 5, 35: 3},
    "v3.3": {29: 3, 30: 3, 31: 3, 35: 4, 38: 3, 41: 3, 55: 1, 64: 0},
    "v3.5": {1: 15, 2: 8},
    "v3.6": {24: 4},
    "v3.7": {0: 10, 1: 16, 8: 9, 9: 9, 60: 1, 68: 0, 74: 0},
    "v3.8": {0: 11, 10: 5, 16: 5, 22: 5, 24: 5, 25: 4, 26: 4, 28: 4, 66: 1, 69: 0, 75: 0},
    "v3.9": {1: 17, 2: 9, 10: 6, 18: 4, 55: 2, 80: 0, 81: 0},
    "v4.0": {0: 12, 2: 10, 3: 13, 15: 6, 26: 5, 28: 5, 60: 2, 68: 1, 69: 1},
    "v4.1": {0: 13, 1: 18, 45: 1, 66: 2, 74: 1, 76: 1, 77: 1, 78: 1, 79: 1, 90: 0, 91: 0, 92: 0},
    "v4.2": {2: 11, 8: 10, 9: 10, 78: 2, 79: 2, 80: 1, 90: 1, 88: 0, 89: 0},
}
#: APIs that brokers and controllers have for each other, and what only some brokers offer.
PASSED_OVER = {4, 5, 6, 7, 27, 52, 53, 54, 56, 57, 58, 59, 62, 63, 67, 70, 71, 72, 73, 82, 83, 84, 85,
               86, 87, 93, 94}


def guess(newest):
    """`between v2.8 and v3.0`, of the newest version by API key."""
    newest = {key: version for key, version in newest.items() if key not in PASSED_OVER}
    whole, releases = {}, []
    for name, brought in RELEASES.items():
        whole = {**whole, **brought}
        releases.append((name, whole))
    higher = None
    for name, wanted in reversed(releases):
        if all(newest.get(key, -1) >= version for key, version in wanted.items()):
            if newest == wanted:
                return name
            return f"between {name} and {higher}" if higher else f"at least {name}"
        higher = name
    return "not even v0.8.0"
