"""An application that keeps a table of its own in the broker's file, and groups for it to disturb."""

import contextlib
import multiprocessing
import socket
import sqlite3
import struct
import time

#: Commits of the application a second.
RATE = 100


@contextlib.contextmanager
def neighbour(file):
    """While it is open, commits `RATE` times a second. Yields a function: how many there were."""
    commits = multiprocessing.Value("Q")
    stop = multiprocessing.Event()
    process = multiprocessing.Process(target=keep_a_table, args=(file, commits, stop))
    process.start()
    try:
        yield lambda: commits.value
    finally:
        stop.set()
        process.join(timeout=30)
    if process.exitcode != 0:
        raise RuntimeError(f"the application ended with {process.exitcode}")


def keep_a_table(file, commits, stop):
    database = sqlite3.connect(file, timeout=30, isolation_level=None)
    database.execute("CREATE TABLE IF NOT EXISTS app_visits (id INTEGER PRIMARY KEY, at TEXT)")
    due = time.monotonic()
    while not stop.is_set():
        database.execute("INSERT INTO app_visits (at) VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))")
        commits.value += 1
        due += 1 / RATE
        time.sleep(max(0, due - time.monotonic()))
    database.close()


def make_groups(port, topic, count, at_once=100):
    """Each group commits one offset, with frames of OffsetCommit version 2."""
    def text(value):
        return struct.pack(">h", len(value)) + value.encode()

    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        answers = connection.makefile("rb")
        for first in range(0, count, at_once):
            numbers = range(first, min(first + at_once, count))
            for number in numbers:
                frame = struct.pack(">hhi", 8, 2, number) + text("bench")
                frame += text(f"group-{number}") + struct.pack(">i", -1) + text("")
                frame += struct.pack(">qi", -1, 1) + text(topic) + struct.pack(">iiqh", 1, 0, 0, -1)
                connection.sendall(struct.pack(">i", len(frame)) + frame)
            for _ in numbers:
                (size,) = struct.unpack(">i", answers.read(4))
                (error,) = struct.unpack(">h", answers.read(size)[-2:])
                if error:
                    raise RuntimeError(f"OffsetCommit was answered with error {error}")
