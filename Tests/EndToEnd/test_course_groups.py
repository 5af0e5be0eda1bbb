"""The exercise of a Kafka course: three consumers of a group, a fourth without work, and one that
stops; what happened is read with `sqlite3`."""

import json

import pytest

import history
from clients import create_topic, kcat, retrying
from groups import QUICK, Crew, Flavour, ends_of

LINES = 2_000
PARTITIONS = 3
TOPIC, GROUP = "multipart-topic", "group_01"
FLAVOURS = [
    Flavour("confluent", "range"),
    Flavour("confluent", "cooperative-sticky"),
    Flavour("confluent", "uniform", protocol="consumer"),
    Flavour("kafka-python", "range"),
]


def produce(broker, first):
    lines = "".join(f"{n}:test key message sent {n}\n" for n in range(first, first + LINES))
    kcat(broker.bootstrap, "-P", "-t", TOPIC, "-K:", stdin=lines.encode())


def lag_of(broker):
    return broker.sql(f"SELECT * FROM consumer_lag WHERE \"group\" = '{GROUP}'")


@pytest.mark.parametrize("flavour", FLAVOURS, ids=str)
def test_a_group_of_three_with_a_fourth_in_reserve(own_broker, tmp_path, flavour):
    broker = own_broker(*QUICK)
    create_topic(broker.bootstrap, TOPIC, PARTITIONS)
    crew = Crew(broker, tmp_path, GROUP, flavour, TOPIC)
    try:
        # Three consumers, one partition each.
        for _ in range(3):
            crew.start("--pause", 0.02)
        crew.settle(PARTITIONS)
        assert [len(worker.assignment()) for worker in crew.workers] == [1, 1, 1]
        # A fourth has nothing to do.
        crew.start("--pause", 0.02)
        settled = retrying(20, lambda: crew.is_settled(PARTITIONS) and overview(broker) == (
            "Stable", 4, [0, 1, 1, 1]))
        assert settled, f"{overview(broker)}\n{crew.describe()}"

        produce(broker, 1)
        crew.wait_until_processed(ends_of(broker, TOPIC))
        crew.wait_for_no_lag(ends_of(broker, TOPIC))
        owners = {(row["topic"], row["partition"]): row["client"] for row in lag_of(broker)}
        assert owners == {place: worker.name for worker in crew.workers
                          for place in worker.assignment()}

        # One of the three stops in the middle of the next lines; its partition moves.
        leaver = next(worker for worker in crew.workers if worker.assignment())
        [orphan] = leaver.assignment()
        produce(broker, LINES + 1)
        leaver.stop()
        crew.settle(PARTITIONS)
        [heir] = [worker for worker in crew.running() if orphan in worker.assignment()]
        assert heir is not leaver
        crew.wait_until_processed(ends_of(broker, TOPIC))
        crew.wait_for_no_lag(ends_of(broker, TOPIC))

        rows = broker.sql("SELECT * FROM consumer_lag")
        assert [(r["group"], r["topic"], r["partition"], r["lag"]) for r in rows] == [
            (GROUP, TOPIC, number, 0) for number in range(PARTITIONS)]
        assert sum(row["log_end_offset"] for row in rows) == 2 * LINES
        owners = {(row["topic"], row["partition"]): row["client"] for row in rows}
        assert owners[orphan] == heir.name
        assert {row["host"] for row in rows} == {"/127.0.0.1"}

        rows = broker.sql("SELECT * FROM offset_history")
        assert {row["group"] for row in rows} == {GROUP}
        assert sum(row["distance"] or row["offset_after"] for row in rows) == 2 * LINES
        assert [row for row in rows if row["rewound"]] == []
        assert {row["source"] for row in rows} == {"consumer"}
        moved = [row["client"] for row in rows if (row["topic"], row["partition"]) == orphan]
        assert moved[-1] == heir.name and leaver.name in moved

        crew.stop_all()
        history.check(broker, crew, ends_of(broker, TOPIC))
    finally:
        crew.close()


def overview(broker):
    """The group's state, its members, and how many partitions each has, in ascending order."""
    [row] = broker.sql(f"SELECT * FROM group_overview WHERE \"group\" = '{GROUP}'")
    shares = sorted(len(partitions) for partitions in json.loads(row["assignment"]).values())
    return row["state"], row["members"], shares
