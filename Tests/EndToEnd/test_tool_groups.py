"""kafka-consumer-groups with members in groups, beside Kafka's own tool; undo; and many groups at once."""

import contextlib
import json
import re
import sqlite3
import time

import pytest
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from kafka_broker import KafkaBroker
from kafka_tools import ActaTools, KafkaTools

TIMEOUT_SECONDS = 30
QUICK = ("group.consumer.min.heartbeat.interval.ms=1000", "group.consumer.heartbeat.interval.ms=1000",
         "group.consumer.assignment.interval.ms=0")
ACTA = ActaTools()


@pytest.fixture(scope="module")
def kafka_tools():
    tools = KafkaTools()
    yield tools
    tools.close()


def call(broker, *words, tool="kafka-consumer-groups", code=0):
    printed = ACTA.call(tool, ["--bootstrap-server", broker.bootstrap, *words])
    assert printed.code == code, printed
    return printed


def described(broker, *words):
    return json.loads(call(broker, "--describe", *words, "--output", "json").out)


def committed(broker, group):
    """What the group has, by topic and partition; nothing of a group that there is not."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    [future] = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]).values()
    return {(one.topic, one.partition): one.offset
            for one in future.result(TIMEOUT_SECONDS).topic_partitions}


def create(broker, topic, partitions=1, records=0):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, partitions)])[topic].result(TIMEOUT_SECONDS)
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for number in range(records):
        producer.produce(topic, b"%d" % number, partition=number % partitions)
    assert producer.flush(TIMEOUT_SECONDS) == 0


def commit(broker, group, positions):
    """As an application's administrator does it for a group without members: topic, partition, offset."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "client.id": "an-application"})
    wanted = ConsumerGroupTopicPartitions(group, [TopicPartition(*one) for one in positions])
    [future] = admin.alter_consumer_group_offsets([wanted]).values()
    future.result(TIMEOUT_SECONDS)


@contextlib.contextmanager
def members(broker, group, topic, count, protocol="classic", static=0):
    """Consumers that have shared out the topic's partitions and committed; the first `static` are static members."""
    settings = {"partition.assignment.strategy": "range"} if protocol == "classic" else {}
    consumers = [
        Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "group.protocol": protocol,
                  "client.id": f"client-{number}", "auto.offset.reset": "earliest",
                  "enable.auto.commit": False, **settings,
                  **({"group.instance.id": f"static-{number}"} if number < static else {})})
        for number in range(count)]
    try:
        for consumer in consumers:
            consumer.subscribe([topic])
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not all(consumer.assignment() for consumer in consumers):
            assert time.monotonic() < deadline, "the group has not come to rest"
            for consumer in consumers:
                consumer.poll(0.05)
        for consumer in consumers:
            positions = [TopicPartition(one.topic, one.partition, 1) for one in consumer.assignment()]
            consumer.commit(offsets=positions, asynchronous=False)
        yield consumers
    finally:
        for consumer in consumers:
            consumer.close()


# MARK: Members

VIEWS = [
    ["--offsets"], ["--offsets", "--verbose"], ["--members"], ["--members", "--verbose"], ["--state"],
    ["--state", "--verbose"],
]


def test_members_of_a_classic_group_are_described(own_broker):
    broker = own_broker()
    create(broker, "orders", partitions=3, records=30)
    with members(broker, "billing", "orders", 2):
        out = call(broker, "--describe", "--group", "billing").out
        lines = out.splitlines()
        assert out.startswith("\n") and out.endswith("\n") and len(lines) == 5, out
        assert lines[1].split() == [
            "GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID",
            "HOST", "CLIENT-ID"]
        row = re.compile(r"billing         orders          (\d)          1               10"
                         r"              9               client-\d-[\w-]{36} /127\.0\.0\.1      "
                         r"client-(\d)")
        rows = [row.fullmatch(line) for line in lines[2:]]
        assert all(rows), out
        # Who has most comes first, and each has its own in order.
        assert [match[1] for match in rows] == ["0", "1", "2"]
        assert [match[2] for match in rows][0] == [match[2] for match in rows][1]
        state = call(broker, "--describe", "--group", "billing", "--state").out
        assert f"127.0.0.1:{broker.port}  (1)" in state and "range                Stable" in state
        verbose = call(broker, "--describe", "--group", "billing", "--members", "--verbose").out
        assert "orders:0,1" in verbose and "orders:2" in verbose
    assert described(broker, "--group", "billing")[0]["consumerId"] is None


@pytest.mark.parametrize("kind", ["acta", "kafka"])
@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_what_is_told_of_members_is_what_kafkas_tool_tells(
        protocol, kind, own_broker, kafka_tools, tmp_path):
    broker = own_broker(*QUICK) if kind == "acta" else KafkaBroker(
        tmp_path / "kafka", **dict(setting.split("=") for setting in QUICK)).start()
    try:
        create(broker, "orders", partitions=5, records=30)
        create(broker, "a.topic.with.quite.a.long.name", partitions=2)
        commit(broker, "idle", [("a.topic.with.quite.a.long.name", 1, 0)])
        with members(broker, "billing", "orders", 3, protocol, static=1):
            for view in VIEWS:
                for groups in (["--group", "billing"], ["--all-groups"]):
                    words = ["--bootstrap-server", broker.bootstrap, "--describe", *groups, *view]
                    ours = ACTA.call("kafka-consumer-groups", words)
                    theirs = kafka_tools.call("kafka-consumer-groups", words)
                    assert settled(ours) == settled(theirs), view
    finally:
        if kind == "kafka":
            broker.close()


def settled(printed):
    """Rows in an order of their own: Kafka's tool has members in none."""
    return printed.code, printed.err, sorted(printed.out.splitlines())


def test_what_members_have_cannot_be_taken_from_them(own_broker):
    broker = own_broker()
    create(broker, "orders", records=4)
    with members(broker, "billing", "orders", 1):
        reset = call(broker, "--reset-offsets", "--group", "billing", "--topic", "orders",
                     "--to-latest", "--execute")
        assert reset.out == (
            "\nError: Assignments can only be reset if the group 'billing' is inactive, but the current "
            "state is Stable.\n\nGROUP           TOPIC           PARTITION  NEW-OFFSET\n")
        assert committed(broker, "billing") == {("orders", 0): 1}
        assert re.fullmatch(
            "\nError: Deletion of some consumer groups failed:\n\\* Group 'billing' could not be deleted "
            r"due to: org\.apache\.kafka\.common\.errors\.GroupNotEmptyException: The group (billing )?is "
            "not empty\\.\n", call(broker, "--delete", "--group", "billing").out)
        deleted = call(broker, "--delete-offsets", "--group", "billing", "--topic", "orders")
        assert deleted.out == (
            "\nError: Encountered some partition-level error, see the follow-up details.\n\n"
            "TOPIC           PARTITION  STATUS         \norders          0          Error: "
            "org.apache.kafka.common.errors.GroupSubscribedToTopicException: Deleting offsets of a topic "
            "is forbidden while the consumer group is actively subscribed to it.\n")


# MARK: Undo

def trail(broker, group):
    with contextlib.closing(sqlite3.connect(f"file:{broker.data}?mode=ro", uri=True)) as database:
        return database.execute(
            'SELECT source, client, offset_before, offset_after FROM offset_history WHERE "group" = ? '
            "ORDER BY id", [group]).fetchall()


def reset(broker, group, *words):
    return call(broker, "--reset-offsets", "--group", group, *words)


def test_a_reset_is_in_the_trail_under_its_name_and_is_taken_back(own_broker):
    broker = own_broker()
    create(broker, "orders", partitions=2, records=20)
    with members(broker, "billing", "orders", 1) as [consumer]:
        consumer.commit(offsets=[TopicPartition("orders", 0, 7), TopicPartition("orders", 1, 8)],
                        asynchronous=False)
    reset(broker, "billing", "--all-topics", "--to-latest", "--execute")
    reset(broker, "billing", "--topic", "orders:1", "--to-offset", "2", "--execute")
    *both, last = trail(broker, "billing")[-3:]
    assert sorted(both) == [("admin reset", "kafka-consumer-groups", before, 10) for before in (7, 8)]
    assert last == ("admin reset", "kafka-consumer-groups", 10, 2)
    planned = reset(broker, "billing", "--undo", "--dry-run")
    assert planned.out == ("\nGROUP           TOPIC           PARTITION  NEW-OFFSET\n"
                           "billing         orders          1          10\n")
    assert committed(broker, "billing") == {("orders", 0): 10, ("orders", 1): 2}
    assert reset(broker, "billing", "--undo", "--execute").out == planned.out
    assert committed(broker, "billing") == {("orders", 0): 10, ("orders", 1): 10}
    # To take back what was taken back.
    reset(broker, "billing", "--undo", "--execute")
    assert committed(broker, "billing") == {("orders", 0): 10, ("orders", 1): 2}
    # What happened to one partition is found behind what happened to others.
    assert reset(broker, "billing", "--topic", "orders:0", "--undo", "--export", "--dry-run").out == (
        "orders,0,7\n\n")


def test_a_commit_behind_where_a_group_was_is_taken_back(own_broker):
    broker = own_broker()
    create(broker, "orders", partitions=2, records=20)
    with members(broker, "billing", "orders", 1) as [consumer]:
        for offsets in ((5, 5), (9, 3)):
            consumer.commit(asynchronous=False, offsets=[
                TopicPartition("orders", partition, offset)
                for partition, offset in enumerate(offsets)])
    reset(broker, "billing", "--undo", "--execute")
    # Only what went back goes forward again.
    assert committed(broker, "billing") == {("orders", 0): 9, ("orders", 1): 5}


def test_a_group_that_was_deleted_comes_back_and_one_that_came_to_be_goes(own_broker):
    broker = own_broker()
    create(broker, "orders", partitions=2, records=20)
    commit(broker, "billing", [("orders", 0, 3), ("orders", 1, 4)])
    call(broker, "--delete", "--group", "billing")
    assert committed(broker, "billing") == {}
    reset(broker, "billing", "--undo", "--execute")
    assert committed(broker, "billing") == {("orders", 0): 3, ("orders", 1): 4}

    reset(broker, "fresh", "--topic", "orders:0", "--to-latest", "--execute")
    planned = reset(broker, "fresh", "--undo", "--export", "--dry-run")
    assert planned.out == "\n" and "no offset are not exported" in planned.err
    assert "orders          0          -\n" in reset(broker, "fresh", "--undo", "--execute").out
    assert committed(broker, "fresh") == {}


def test_positions_as_they_were_at_a_time(own_broker):
    broker = own_broker()
    create(broker, "orders", partitions=3, records=30)
    commit(broker, "billing", [("orders", 0, 3), ("orders", 1, 4)])
    time.sleep(0.05)
    moment = int(time.time() * 1000)
    time.sleep(0.05)
    commit(broker, "billing", [("orders", 0, 6), ("orders", 2, 1)])
    commit(broker, "billing", [("orders", 0, 7)])
    planned = reset(broker, "billing", "--to-state-at", str(moment), "--execute")
    assert planned.out == ("\nGROUP           TOPIC           PARTITION  NEW-OFFSET\n"
                           "billing         orders          0          3\n"
                           "billing         orders          2          -\n")
    assert committed(broker, "billing") == {("orders", 0): 3, ("orders", 1): 4}
    nothing = reset(broker, "billing", "--to-state-at", str(int(time.time() * 1000) + 1000), "--dry-run")
    assert nothing.out.startswith(
        "\nError: The audit trail has no change of group billing since then.\n")
    limited = reset(broker, "billing", "--to-state-at", str(moment - 10_000), "--topic", "orders:1",
                    "--dry-run")
    assert limited.out.endswith("billing         orders          1          -\n")


def test_acta_audit_takes_back_too(own_broker):
    broker = own_broker()
    create(broker, "orders", records=10)
    commit(broker, "billing", [("orders", 0, 3)])
    reset(broker, "billing", "--topic", "orders", "--to-latest", "--execute")
    printed = run_acta("audit", "billing", "--undo", "--execute", "--data", str(broker.data),
                       "--bootstrap-server", broker.bootstrap)
    assert printed.code == 0 and printed.out.endswith("billing         orders          0          3\n")
    assert committed(broker, "billing") == {("orders", 0): 3}


def run_acta(*words):
    import subprocess
    from broker import binary
    from kafka_tools import Printed
    ended = subprocess.run([binary(), *words], capture_output=True, text=True, timeout=60, check=False)
    return Printed(ended.returncode, ended.stdout, ended.stderr)


def test_the_trail_is_the_one_of_the_broker_that_is_asked(own_broker, tmp_path):
    one, other = own_broker(), own_broker()
    create(one, "orders", records=10)
    refused = reset(one, "billing", "--undo", "--dry-run", "--database", str(other.data))
    assert "is the database of cluster" in refused.out
    missing = reset(one, "billing", "--undo", "--dry-run", "--database", str(tmp_path / "nosuch.db"))
    assert "nosuch.db" in missing.out
    assert reset(one, "billing", "--undo", "--dry-run").out.startswith(
        "\nError: The audit trail has no reset, deletion or rewind of group billing.\n")


def test_apache_kafka_has_no_trail(tmp_path):
    kafka = KafkaBroker(tmp_path / "kafka").start()
    try:
        create(kafka, "orders")
        refused = reset(kafka, "billing", "--topic", "orders", "--undo", "--dry-run")
        assert "Apache Kafka keeps no such trail." in refused.out
    finally:
        kafka.close()


# MARK: Many

def test_a_thousand_groups_of_ten_thousand_partitions_are_told_of_in_a_second(own_broker, tmp_path):
    broker = own_broker()
    create(broker, "wide", partitions=10_000)
    groups = [f"group-{number:04}" for number in range(1_000)]
    plan = tmp_path / "plan.csv"
    plan.write_text("".join(
        f"{group},wide,{10 * number + partition},0\n"
        for number, group in enumerate(groups) for partition in range(10)))
    words = [word for group in groups for word in ("--group", group)]
    call(broker, "--reset-offsets", "--from-file", str(plan), "--execute", *words)
    for view, lines in ((["--list"], 1_000), (["--describe", "--all-groups"], 12_000),
                        (["--describe", "--all-groups", "--state"], 3_000)):
        began = time.monotonic()
        printed = call(broker, *view)
        took = time.monotonic() - began
        print(view, len(printed.out.splitlines()), f"{took:.2f} s")
        assert len(printed.out.splitlines()) == lines
        # A quarter of this on an idle machine; three times of it is what a busy one gets.
        assert took < 3, f"{view} took {took:.2f} s"
    call(broker, "--delete", "--all-groups")
    assert call(broker, "--list").out == ""


def test_no_broker_is_one_sentence_in_time(own_broker):
    broker = own_broker(start=False)
    began = time.monotonic()
    printed = call(broker, "--list", "--timeout", "1000")
    assert printed.out == (
        "\nError: Executing consumer group command failed due to java.util.concurrent."
        "ExecutionException: org.apache.kafka.common.KafkaException: Failed to find brokers to send "
        "ListGroups\n")
    assert len(printed.err.splitlines()) == 1
    printed = call(broker, "--describe", "--group", "g", "--timeout", "1000")
    assert "Timed out waiting for a node assignment. Call: describeConsumerGroups(api=FIND_COORDINATOR)" \
        in printed.out
    assert time.monotonic() - began < 6
