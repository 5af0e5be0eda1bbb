"""Command lines with what they print, to the byte: what Kafka's tools print, and ours have to.

In what is expected, {id} stands for an id of Kafka's in 22 letters, {port} for the broker's, {cluster} for the
cluster's id, {date} for a moment as log lines write it, {any} for whatever stands in the line, and {{ for a brace.
"""

import re
import shlex
from dataclasses import dataclass, field

PLACEHOLDERS = {
    "{id}": r"[\w-]{22}", "{date}": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", "{any}": r"[^\n]*",
    "{rest}": r"(?s:.*)",
}


@dataclass(frozen=True)
class Call:
    #: As it is typed; {bootstrap} is the broker's address, {dir} a folder for files.
    line: str
    #: All of standard output.
    out: str = ""
    #: All of standard error.
    err: str = ""
    code: int = 0
    #: Files to write first, by name in {dir}; {dir} stands for it in their texts, too.
    files: dict = field(default_factory=dict)
    #: Records to write first, by topic.
    records: dict = field(default_factory=dict)

    def words(self, **values):
        tool, *words = shlex.split(self.line)
        for name, value in values.items():
            words = [word.replace(f"{{{name}}}", value) for word in words]
        return tool, words


@dataclass(frozen=True)
class Transcript:
    name: str
    calls: list


def pattern(text, **values):
    """A regular expression for what is expected."""
    pieces = re.split(r"(\{\w+\}|\{\{|\}\})", text)
    result = ""
    for piece in pieces:
        if piece in PLACEHOLDERS:
            result += PLACEHOLDERS[piece]
        elif piece in ("{{", "}}"):
            result += re.escape(piece[0])
        elif piece[:1] == "{" and piece[1:-1] in values:
            result += re.escape(values[piece[1:-1]])
        else:
            result += re.escape(piece)
    return result
