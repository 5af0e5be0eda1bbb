"""What retention does and what it costs: how fast it deletes, what others' records wait for it, and how large
the file is beside what lives in it."""

import contextlib
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

from measuring import TOOLS
from wire import Connection, batch

#: Records one after the other on a connection of their own, while nothing else happens, for so long.
QUIET_SECONDS = 2
EVERYTHING = ["log.retention.bytes=0", "log.retention.check.interval.ms=500"]


class Probe(threading.Thread):
    """Produces one small record after the other, acks=all, and notes when each was sent and answered."""

    def __init__(self, port, topic):
        super().__init__()
        self.connection = Connection(port)
        self.topic = topic
        self.samples = []
        self.stopping = threading.Event()

    def run(self):
        record = batch([b"x" * 100], timestamp=int(time.time() * 1000))
        while not self.stopping.is_set():
            began = time.monotonic()
            error, _ = self.connection.produce(self.topic, record)
            if error:
                sys.exit(f"the probe was refused: {error}")
            self.samples.append((began, time.monotonic() - began))

    def p99(self, begin, end):
        """Microseconds, of what was sent between two moments."""
        times = [taken for sent, taken in self.samples if begin <= sent <= end]
        return statistics.quantiles(times, n=100)[98] * 1e6 if len(times) > 1 else float("nan")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join()


@contextlib.contextmanager
def reader(broker):
    """Answers a query with its first row, and keeps nothing open in between."""
    database = sqlite3.connect(f"file:{broker.data}?mode=ro", uri=True)
    yield lambda query: database.execute(query).fetchone()
    database.close()


def produce_command(broker, topic, records, value_bytes):
    return [str(part) for part in [
        TOOLS / "client", "produce", "--topic", topic, "--records", records, "--value-bytes",
        value_bytes, "--broker", broker.bootstrap, "--set", "log_level=3"]]


def delete_all(broker, topic, count):
    """Restarts the broker with a policy that keeps nothing of the topic's `count` records.

    Returns records deleted a second, and a probe's p99 during it and after it, in microseconds.
    """
    start = f"""select log_start_offset from topic_sizes where topic = '{topic}'"""
    # Makes the topic, which Produce alone does not.
    subprocess.run(produce_command(broker, "probe", 10, 100), stdout=subprocess.DEVNULL, check=True)
    broker.overrides += EVERYTHING
    broker.restart()
    with reader(broker) as row, Probe(broker.port, "probe") as probe:
        began = ended = None
        while ended is None:
            [offset] = row(start)
            now = time.monotonic()
            if offset > 0 and began is None:
                began, first = now, offset
            if offset >= count:
                ended = now
            time.sleep(0.005)
        quiet = ended + 0.5
        time.sleep(0.5 + QUIET_SECONDS)
        end = time.monotonic()
    rate = (count - first) / (ended - began) if ended > began else float("nan")
    return rate, probe.p99(began, ended), probe.p99(quiet, end)


def steady(broker, topic, records, value_bytes):
    """Produces as fast as it goes to a topic that keeps little.

    Returns what the file and what lives in it had at most, and the series [(seconds, file, live), …].
    """
    series = []
    command = produce_command(broker, topic, records, value_bytes)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as load, reader(broker) as row:
        began = time.monotonic()
        while load.poll() is None:
            file, live = row("select file_bytes, live_bytes from storage")
            series.append((round(time.monotonic() - began, 2), file, live))
            time.sleep(0.1)
    return max(file for _, file, _ in series), max(live for _, _, live in series), series
