"""Consumers of groups as processes, and what is known about a group from its members' journals."""

import dataclasses
import json
import pathlib
import random
import subprocess
import sys
import threading
import time

import confluent_kafka

from broker import program
from clients import TIMEOUT_SECONDS, Confluent, retrying
from history import held, positions_of

WORKER = pathlib.Path(__file__).with_name("group_worker.py")
SETTLE_SECONDS = 30
PARTITIONS = 8
#: For brokers of groups that speak the new protocol: members notice within a moment, and one that
#: was killed is missed after the time that classic members ask for.
QUICK = (
    "group.consumer.min.session.timeout.ms=6000", "group.consumer.session.timeout.ms=6000",
    # librdkafka waits for an answer no longer than this, and takes its loss badly.
    "group.consumer.min.heartbeat.interval.ms=1000",
    "group.consumer.heartbeat.interval.ms=1000",
    "group.consumer.assignment.interval.ms=0",
)


def command_of(arguments):
    """What runs a worker with such arguments: of our own client a program, of others a script."""
    if arguments[:2] == ["--client", "swift"]:
        return [program("GroupWorker")]
    return [sys.executable, str(WORKER)]


@dataclasses.dataclass(frozen=True)
class Flavour:
    """A client library and how its group shares out partitions."""

    client: str
    assignor: str = ""
    protocol: str = "classic"
    commit: str = "sync"
    by_pattern: bool = False

    def __str__(self):
        parts = [self.client, "new" if self.protocol == "consumer" else "", self.assignor,
                 "" if self.commit == "sync" else self.commit, "regex" if self.by_pattern else ""]
        return "-".join(part for part in parts if part)

    @property
    def is_consumer(self):
        return self.protocol == "consumer"

    def arguments(self, topic):
        # A pattern that only this topic matches, and that only a regular expression understands.
        topic = f"^{topic[:-1]}[{topic[-1]}]$" if self.by_pattern else topic
        return ["--client", self.client, "--protocol", self.protocol, "--commit", self.commit,
                "--assignor", self.assignor, "--topic", topic]


FLAVOURS = [
    Flavour("confluent", "range"),
    Flavour("confluent", "roundrobin"),
    Flavour("confluent", "cooperative-sticky"),
    Flavour("confluent", "range", commit="auto"),
    Flavour("confluent", "uniform", protocol="consumer"),
    Flavour("confluent", "range", protocol="consumer"),
    Flavour("confluent", protocol="consumer", by_pattern=True),
    Flavour("kafka-python", "range"),
    Flavour("kafka-python", "cooperative-sticky"),
    Flavour("aiokafka", "roundrobin"),
    Flavour("aiokafka", "sticky"),
]


class Worker:
    """One consumer process and its journal."""

    def __init__(self, broker, directory, group, name, arguments):
        self.name = name
        self.client = arguments[1]
        self.journal = directory / f"{name}.journal"
        self.output = directory / f"{name}.out"
        self.events = []
        self.read = 0
        self.is_leaving = self.was_killed = False
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [*command_of(arguments), "--bootstrap", broker.bootstrap, "--group", group,
                 "--client-id", name, "--journal", str(self.journal), *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def refresh(self):
        """All events so far; a line that is not complete yet is left for the next time."""
        if self.journal.exists():
            with open(self.journal, "rb") as journal:
                journal.seek(self.read)
                data = journal.read()
            complete = data[:data.rfind(b"\n") + 1]
            self.read += len(complete)
            self.events += [json.loads(line) for line in complete.splitlines()]
        return self.events

    def of(self, *kinds):
        return [event for event in self.refresh() if event["event"] in kinds]

    def assignment(self):
        """The partitions it has, by what its callbacks were told."""
        return held(self.refresh())

    def processed(self):
        return [(event["topic"], event["partition"], offset)
                for event in self.of("processed") for offset in event["offsets"]]

    def is_running(self):
        return self.process.poll() is None

    def stop(self, wait=True):
        """SIGTERM: the consumer commits what it should and leaves."""
        self.is_leaving = True
        self.process.terminate()
        if wait:
            self.wait()

    def wait(self):
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end on SIGTERM\n{self.said()}") from None
        began = self.of("started")  # before that, nothing in it heeds SIGTERM
        assert code == 0 or not began, f"{self.name} ended with {code}\n{self.said()}"

    def kill(self):
        self.is_leaving = self.was_killed = True
        self.process.kill()
        self.process.wait()

    def said(self):
        return self.output.read_text(errors="replace")[-2_000:]


class Crew:
    """The workers of one group, past and present."""

    def __init__(self, broker, directory, group, flavour=None, topic=None):
        self.broker, self.group, self.flavour, self.topic = broker, group, flavour, topic
        self.directory = directory / f"crew-{group}"
        self.directory.mkdir(parents=True)
        self.workers = []

    def start(self, *extra, flavour=None, name=None):
        flavour = flavour or self.flavour
        name = name or f"{self.group}-{len(self.workers)}"
        arguments = [*flavour.arguments(self.topic), *extra]
        worker = Worker(self.broker, self.directory, self.group, name, arguments)
        self.workers.append(worker)
        return worker

    def running(self):
        """Those that are there to stay."""
        return [w for w in self.workers if w.is_running() and not w.is_leaving]

    def everywhere(self, partitions=PARTITIONS):
        return {(self.topic, number) for number in range(partitions)}

    def is_settled(self, partitions=PARTITIONS, workers=None):
        """Every partition has exactly one owner, and no owner has two more than another."""
        held_by = [worker.assignment() for worker in (workers or self.running())]
        owned = [place for places in held_by for place in places]
        shares = [len(places) for places in held_by]
        return (sorted(owned) == sorted(self.everywhere(partitions))
                and max(shares) - min(shares) <= 1)

    def settle(self, partitions=PARTITIONS, workers=None, seconds=SETTLE_SECONDS):
        def settled_or_hopeless():
            lost = [w.name for w in workers or self.workers
                    if not (w.is_running() or w.is_leaving)]
            assert not lost, f"ended by themselves: {lost}\n{self.describe()}"
            return self.is_settled(partitions, workers)

        assert retrying(seconds, settled_or_hopeless), (
            f"no settled assignment within {seconds} s\n{self.describe()}")

    def wait_until_processed(self, ends, seconds=SETTLE_SECONDS):
        """`ends` are {partition: log end offset}: until somebody has processed every record."""
        wanted = {(self.topic, partition, offset)
                  for partition, end in ends.items() for offset in range(end)}

        def missing():
            return wanted - {place for worker in self.workers for place in worker.processed()}

        assert retrying(seconds, lambda: not missing()), (
            f"{len(missing())} records were not processed, such as {sorted(missing())[:5]}\n"
            f"{self.describe()}")

    def wait_for_no_lag(self, ends, seconds=SETTLE_SECONDS):
        """Until the group's committed offsets are the ends of the log."""
        def committed():
            return positions_of(self.broker, self.group)

        wanted = {(self.topic, partition): end for partition, end in ends.items() if end}
        assert retrying(seconds, lambda: committed() == wanted), (
            f"committed {committed()}, the log ends at {wanted}\n{self.describe()}")

    def stop_all(self):
        """All at once; then waits for each."""
        for worker in self.running():
            worker.stop(wait=False)
        for worker in self.workers:
            if not worker.was_killed:
                worker.wait()

    def describe(self):
        lines = [f"group {self.group}:"]
        for worker in self.workers:
            state = "running" if worker.is_running() else f"ended {worker.process.returncode}"
            lines.append(f"  {worker.name} ({state}) has {sorted(worker.assignment())}")
            told = [e for e in worker.refresh() if e["event"] not in ("processed", "committing",
                                                                      "committed")]
            lines += [f"    {event}" for event in told[-8:]]
            lines += [f"    | {line}" for line in worker.said().splitlines()[-8:]]
        return "\n".join(lines)

    def close(self):
        for worker in self.workers:
            if worker.is_running():
                worker.kill()


class Load:
    """A producer in the background, which goes on over restarts of the broker."""

    def __init__(self, broker, topic, rate=400, partitions=PARTITIONS):
        self.topic, self.rate, self.partitions = topic, rate, partitions
        self.sent = 0
        self.failures = []
        self.ends = dict.fromkeys(range(partitions), 0)
        self.stopping = threading.Event()
        self.producer = Confluent.producer(broker.bootstrap, idempotence=True, **{
            "linger.ms": 2, "message.timeout.ms": 60_000, "reconnect.backoff.ms": 20,
            "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 20, "retry.backoff.max.ms": 100,
            "log_level": 2})
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def delivered(self, error, message):
        if error is not None:
            self.failures.append(error)
        elif message.offset() >= 0:  # a repeated batch is acknowledged without one
            end = max(self.ends[message.partition()], message.offset() + 1)
            self.ends[message.partition()] = end

    def run(self):
        began = time.monotonic()
        while not self.stopping.is_set() and not self.failures:
            due = int((time.monotonic() - began) * self.rate)
            while self.sent < due:
                try:
                    self.producer.produce(
                        self.topic, b"%d" % self.sent, b"key-%d" % (self.sent % 1_000),
                        partition=self.sent % self.partitions, on_delivery=self.delivered)
                    self.sent += 1
                except BufferError:
                    break
            self.producer.poll(0.005)

    def stop(self):
        """Waits for all acknowledgements."""
        if not self.stopping.is_set():
            self.stopping.set()
            self.thread.join()
            assert self.producer.flush(60) == 0, "records that were never answered"
            assert self.failures == []


def ends_of(broker, topic):
    """{partition: log end offset}"""
    rows = broker.sql(
        f"select partition, log_end_offset from topic_sizes where topic = '{topic}'")
    return {row["partition"]: row["log_end_offset"] for row in rows}


def seeded():
    """A random generator whose seed a failure shows."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    return random.Random(seed)


def side_by_side(*tasks):
    """Runs them at the same time, each in a thread, and returns the results; the first failure is
    raised when all have ended."""
    results, failures = [None] * len(tasks), []

    def run(index):
        try:
            results[index] = tasks[index]()
        except BaseException as error:  # pytest's own failures are not Exceptions
            failures.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results



JOIN, LEAVE, KILL = "join", "leave", "kill"


def churn(crew, chance, steps, kills=False, pause=(0.6, 1.6), most=5):
    """Members come and go at random, between one and `most`; what was done is printed."""
    for _ in range(2):
        crew.start()
    done = []
    for _ in range(steps):
        time.sleep(chance.uniform(*pause))
        running = crew.running()
        choices = [JOIN] * (len(running) < most) + [LEAVE] * (len(running) > 1)
        choices += [KILL] * (kills and len(running) > 1)
        step = chance.choice(choices)
        if step == JOIN:
            crew.start()
        elif step == LEAVE:
            chance.choice(running).stop(wait=False)
        else:
            chance.choice(running).kill()
        done.append(step)
    print(f"{crew.group}: {' '.join(done)}")


def commit_alone(broker, group, topic, positions, metadata=""):
    """Commits as a consumer that is no member; `positions` are {partition: offset}."""
    consumer = Confluent.consumer(broker.bootstrap, **{"group.id": group})
    answers = consumer.commit(
        offsets=[confluent_kafka.TopicPartition(topic, partition, offset, metadata)
                 for partition, offset in positions.items()], asynchronous=False)
    consumer.close()
    assert [answer.error for answer in answers] == [None] * len(positions)


def member(broker, group, topic, **settings):
    """A consumer in this process that reads the group's topic and commits when it is told to."""
    consumer = Confluent.consumer(broker.bootstrap, **{
        "group.id": group, "auto.offset.reset": "earliest", **settings})
    consumer.subscribe([topic])
    return consumer


def read(consumer, count):
    """The offsets of the next `count` records."""
    offsets = []

    def more():
        offsets.extend(message.offset() for message in consumer.consume(count - len(offsets), 0.1)
                       if message.error() is None)
        return len(offsets) >= count

    assert retrying(TIMEOUT_SECONDS, more), f"got {offsets} of {count}"
    return offsets


def consume_as_member(broker, group, topic, count, **settings):
    """Joins, reads `count` records, commits, leaves; the offsets that were read."""
    consumer = member(broker, group, topic, **settings)
    offsets = read(consumer, count)
    consumer.commit(asynchronous=False)
    consumer.close()
    return offsets
