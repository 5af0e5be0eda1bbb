"""The command lines of a beginner's course, and those that any tutorial has, as they are typed."""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass

import pytest

from broker import REPOSITORY, Broker, binary, free_port

LINES = 2_000
SECONDS = 60
ID = "MkU3OEVBNTcwNTJENDM2Qg"


class Shell:
    """A terminal with the launchers on its PATH, in a folder of its own."""

    def __init__(self, directory, broker):
        self.directory = directory
        self.broker = broker
        self.environment = {
            **os.environ, "ACTA": binary(), "PATH": f"{REPOSITORY / 'tools'}:{os.environ['PATH']}",
            "ID": ID}

    def start(self, line, text=""):
        (self.directory / "stdin").write_text(text)
        with open(self.directory / "stdin", "rb") as stdin:
            return subprocess.Popen(
                ["bash", "-c", f"exec {line}" if "|" not in line and "<" not in line else line],
                cwd=self.directory, env=self.environment, stdin=stdin, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True)

    def placed(self, line):
        return line.replace("localhost:9092", self.broker.bootstrap)

    def run(self, line, text="", code=0):
        process = self.start(self.placed(line), text)
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == code, f"{line}\n{process.returncode}\n{out}\n{err}"
        return out

    def interrupted(self, line, text, expected):
        """Ctrl-C once the expected line is there."""
        process = self.start(self.placed(line), text)
        try:
            seen = ""
            deadline = time.monotonic() + SECONDS
            while not re.search(expected, seen):
                assert time.monotonic() < deadline, f"{line}\n{seen}"
                seen += process.stdout.readline()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=SECONDS)
            assert process.returncode == 130
            return seen
        finally:
            process.kill()
            process.wait()


# MARK: The course

@pytest.fixture(scope="module")
def course(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("course")).start()
    yield Shell(tmp_path_factory.mktemp("shell"), broker)
    broker.close()


B = "--bootstrap-server localhost:9092"


def test_a_course_from_first_to_last(course):
    run = course.run
    assert run(f"kafka-topics {B} --create --topic test-topic --partitions 3 --replication-factor 1") \
        == "Created topic test-topic.\n"
    assert run(f"kafka-topics {B} --list") == "test-topic\n"
    described = run(f"kafka-topics {B} --describe --topic test-topic").splitlines()
    assert described[0].startswith("Topic: test-topic\tTopicId: ") and len(described) == 4
    assert "PartitionCount: 3\tReplicationFactor: 1" in described[0]

    run(f"kafka-console-producer {B} --topic test-topic", "first\nsecond\nthird\n")
    read = f"kafka-console-consumer {B} --topic test-topic"
    assert sorted(run(f"{read} --from-beginning --max-messages 3").split()) == [
        "first", "second", "third"]
    # A group goes on where it was.
    first = run(f"{read} --group readers --from-beginning --max-messages 2").split()
    then = run(f"{read} --group readers --from-beginning --max-messages 1").split()
    assert sorted(first + then) == ["first", "second", "third"]
    described = run(f"kafka-consumer-groups {B} --describe --group readers").splitlines()
    rows = [line.split() for line in described[2:]]
    assert [row[:3] for row in rows] == [["readers", "test-topic", str(n)] for n in range(3)]
    assert sum(int(row[4]) for row in rows) == 3 and {row[5] for row in rows} == {"0"}

    keyload(course)

    configs = f"kafka-configs {B} --entity-type topics --entity-name test-topic"
    assert run(f"{configs} --alter --add-config retention.ms=60000") == (
        "Completed updating config for topic test-topic.\n")
    assert "  retention.ms=60000 sensitive=false" in run(f"{configs} --describe")
    run(f"{configs} --alter --delete-config retention.ms")
    assert run(f"{configs} --describe") == "Dynamic configs for topic test-topic are:\n"

    # Records without keys are in whichever partition the producer took.
    dumped = "".join(
        run(f"kafka-dump-log --deep-iteration --files {course.broker.data}/test-topic-{partition} "
            "--print-data-log") for partition in range(3))
    payloads = re.findall(r"^\| offset: \d+ .*payload: (\w+)$", dumped, re.M)
    assert sorted(payloads) == ["first", "second", "third"], dumped


def keyload(course):
    """2,000 lines with keys, from a file; every one comes back in its key's partition."""
    lines = {str(n): f"message {n}" for n in range(1, LINES + 1)}
    (course.directory / "keyload.log").write_text(
        "".join(f"{key}:{value}\n" for key, value in lines.items()))
    course.run(f"kafka-topics {B} --create --topic keyed --partitions 3")
    course.run(f"kafka-console-producer {B} --topic keyed --property parse.key=true "
               "--property key.separator=: < keyload.log")
    out = course.run(f"kafka-console-consumer {B} --topic keyed --from-beginning "
                     f"--property print.key=true --property print.partition=true "
                     f"--max-messages {LINES}")
    rows = [line.split("\t") for line in out.splitlines() if line.startswith("Partition:")]
    assert {key: value for _, key, value in rows} == lines and len(rows) == LINES
    assert {partition for partition, _, _ in rows} == {f"Partition:{n}" for n in range(3)}


# MARK: Lines that must just work

@dataclass(frozen=True)
class Typed:
    line: str
    #: What standard output has to match.
    out: str = ""
    text: str = ""
    #: Ctrl-C ends it, once there is the output.
    is_endless: bool = False


ROW = r"\ng +t +0 +\d+ +10 +\d+ "
LINES_OF_TUTORIALS = [
    Typed("kafka-storage.sh random-uuid", r"^[\w-]{22}\n$"),
    Typed("kafka-topics.sh --create --topic quickstart-events --bootstrap-server localhost:9092",
          r"Created topic quickstart-events\."),
    Typed("kafka-topics.sh --bootstrap-server localhost:9092 --create --replication-factor 1 "
          "--partitions 1 --topic new", r"Created topic new\."),
    Typed("kafka-topics.sh --bootstrap-server localhost:9092 --create --if-not-exists --topic t "
          "--config retention.ms=86400000 --config cleanup.policy=compact", r"^$"),
    Typed("kafka-topics.sh --describe --topic t --bootstrap-server localhost:9092",
          r"^Topic: t\tTopicId: "),
    Typed("kafka-topics.sh --bootstrap-server localhost:9092 --alter --topic t --partitions 4", r"^$"),
    Typed("kafka-topics.sh --bootstrap-server localhost:9092 --delete --topic t", r"^$"),
    Typed("kafka-console-producer.sh --topic t --bootstrap-server localhost:9092", r"^$", "a\nb\n"),
    Typed("kafka-console-producer.sh --broker-list localhost:9092 --topic t --property parse.key=true "
          "--property key.separator=:", text="k:v\n"),
    Typed("kafka-console-producer.sh --bootstrap-server localhost:9092 --topic t --reader-property "
          "parse.headers=true --reader-property null.marker=NULL", r"^$", "h:1\tvalue\n"),
    Typed("kafka-console-producer.sh --bootstrap-server localhost:9092 --topic t --producer-property "
          "acks=all --compression-codec zstd", text="a\nb\n"),
    Typed("kafka-console-consumer.sh --topic t --from-beginning --bootstrap-server localhost:9092",
          r"^(record \d\n){10}$", is_endless=True),
    Typed("kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic t --property "
          "print.key=true --property key.separator=: --from-beginning --max-messages 10 "
          "--timeout-ms 5000", r"(null:record \d\n){10}$"),
    Typed("kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic t --from-beginning "
          "--formatter-property print.timestamp=true --formatter-property print.headers=true",
          r"(CreateTime:\d+\tNO_HEADERS\trecord \d\n){10}$", is_endless=True),
    Typed("kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic t --partition 0 "
          "--offset 5 --max-messages 1", r"^record 5\n$"),
    Typed("kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic t --group g "
          "--isolation-level read_committed --max-messages 5", r"^(record \d\n){5}$"),
    Typed("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --list", r"^g\n$"),
    Typed("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --describe --group g", ROW),
    Typed("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --describe --group g --members "
          "--verbose", r"^\nGROUP +CONSUMER-ID "),
    Typed("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --describe --group g --state",
          r"^\nGROUP +COORDINATOR \(ID\) "),
    Typed("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --describe --all-groups", ROW),
    Typed("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --group g --topic t "
          "--reset-offsets --to-earliest --execute", r"\ng +t +0 +0\n$"),
    Typed("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --group g --all-topics "
          "--reset-offsets --shift-by -10 --dry-run", r"\ng +t +0 +0\n$"),
    Typed("kafka-consumer-groups.sh --bootstrap-server localhost:9092 --delete --group g",
          r"^Deletion of requested consumer groups \('g'\) was successful\.\n$"),
    Typed("kafka-configs.sh --bootstrap-server localhost:9092 --entity-type topics --entity-name t "
          "--alter --add-config retention.ms=60000", r"^Completed updating config for topic t\.\n$"),
    Typed("kafka-configs.sh --bootstrap-server localhost:9092 --entity-type topics --entity-name t "
          "--describe", r"^Dynamic configs for topic t are:\n"),
    Typed("kafka-configs.sh --bootstrap-server localhost:9092 --entity-type topics --entity-name t "
          "--describe --all", r"^All configs for topic t are:\n  cleanup\.policy=delete "),
    Typed("kafka-configs.sh --bootstrap-server localhost:9092 --entity-type brokers --entity-default "
          "--alter --add-config log.cleaner.threads=2", r"^Completed updating default config for "),
    Typed("kafka-get-offsets.sh --bootstrap-server localhost:9092 --topic t --time -2", r"^t:0:0\n$"),
    Typed("kafka-delete-records.sh --bootstrap-server localhost:9092 --offset-json-file del.json",
          r"partition: t-0\tlow_watermark: 3\n$"),
    Typed("kafka-dump-log.sh --files {data} --print-data-log", r"payload: record 9"),
    Typed("kafka-producer-perf-test.sh --topic t --num-records 1000 --record-size 100 --throughput -1 "
          "--producer-props bootstrap.servers=localhost:9092 acks=all", r"1000 records sent, .* 99\.9th"),
    Typed("kafka-consumer-perf-test.sh --bootstrap-server localhost:9092 --topic t --messages 10",
          r"start\.time, end\.time, "),
    Typed("kafka-cluster.sh cluster-id --bootstrap-server localhost:9092", r"^Cluster ID: [\w-]{22}\n$"),
]


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("tutorial")).start()
    yield Shell(tmp_path_factory.mktemp("shell"), broker)
    broker.close()


@pytest.fixture
def prepared(tutorial):
    """A topic t of one partition with ten records, and a group g at its beginning; nothing else."""
    from confluent_kafka import Producer, TopicPartition, ConsumerGroupTopicPartitions
    from confluent_kafka.admin import AdminClient, NewTopic
    settings = {"bootstrap.servers": tutorial.broker.bootstrap}
    admin = AdminClient(settings)
    old = [name for name in admin.list_topics(timeout=SECONDS).topics if not name.startswith("__")]
    if old:
        for future in admin.delete_topics(old).values():
            future.result(SECONDS)
    groups = [one.group_id for one in admin.list_consumer_groups().result(SECONDS).valid]
    if groups:
        for future in admin.delete_consumer_groups(groups).values():
            future.result(SECONDS)
    admin.create_topics([NewTopic("t", 1)])["t"].result(SECONDS)
    producer = Producer(settings)
    for number in range(10):
        producer.produce("t", f"record {number}")
    assert producer.flush(SECONDS) == 0
    [future] = admin.alter_consumer_group_offsets(
        [ConsumerGroupTopicPartitions("g", [TopicPartition("t", 0, 0)])]).values()
    future.result(SECONDS)
    (tutorial.directory / "del.json").write_text(
        '{"partitions":[{"topic":"t","partition":0,"offset":3}],"version":1}')
    return tutorial


@pytest.mark.parametrize("typed", LINES_OF_TUTORIALS, ids=lambda typed: typed.line)
def test_a_line_of_a_tutorial_just_works(prepared, typed):
    line = typed.line.replace("{data}", str(prepared.broker.data))
    if typed.is_endless:
        assert re.search(typed.out, prepared.interrupted(line, typed.text, typed.out), re.S)
    else:
        out = prepared.run(line, typed.text)
        assert re.search(typed.out, out, re.S), out


def test_users_have_their_credentials_changed_or_hear_why_not(prepared):
    """SCRAM is not this broker's yet; the tool's request is whole, and the answer the broker's."""
    process = prepared.start(prepared.placed(
        "kafka-configs.sh --bootstrap-server localhost:9092 --alter --entity-type users --entity-name "
        "alice --add-config 'SCRAM-SHA-512=[password=pw]'"))
    out, err = process.communicate(timeout=SECONDS)
    done = process.returncode == 0 and "Completed updating config for user alice." in out
    assert done or (process.returncode == 1 and "SecurityDisabledException" in out + err), (out, err)


STOCK = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:{port},CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:{port},CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
num.network.threads=3
num.io.threads=8
log.dirs={directory}/kraft-combined-logs
num.partitions=1
offsets.topic.replication.factor=1
log.retention.hours=168
log.segment.bytes=1073741824
"""


@pytest.mark.parametrize("format_line", [
    "kafka-storage.sh format --standalone -t $ID -c config/server.properties",
    "kafka-storage.sh format -t $ID -c config/kraft/server.properties",
])
def test_a_quickstart_formats_and_starts(tmp_path, format_line):
    port = free_port()
    shell = Shell(tmp_path, None)
    shell.placed = lambda line: line.replace("localhost:9092", f"localhost:{port}")
    for place in ("config", "config/kraft"):
        (tmp_path / place).mkdir(exist_ok=True)
        # Kafka 3's file names the voters, Kafka 4's leaves them to `format`.
        voters = "controller.quorum.voters=1@localhost:9093\n" if place == "config/kraft" else ""
        (tmp_path / place / "server.properties").write_text(
            STOCK.format(port=port, directory=tmp_path) + voters)
    shell.run(format_line)
    server = shell.start("kafka-server-start.sh config/server.properties")
    try:
        deadline = time.monotonic() + SECONDS
        while "Kafka Server started" not in server.stdout.readline():
            assert time.monotonic() < deadline and server.poll() is None
        assert shell.run("kafka-cluster.sh cluster-id --bootstrap-server localhost:9092") == (
            f"Cluster ID: {ID}\n")
    finally:
        server.terminate()
        assert server.wait(SECONDS) in (0, 143)
