"""The imports of a Swift file, for the scripts that check them."""

import re

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?(\w+)")


def imports_of(path):
    """(line number, module) of each."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = IMPORT.match(line)
        if found:
            yield number, found.group(1)
