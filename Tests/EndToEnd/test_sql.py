"""The log as tables: what a stock sqlite3 shell sees while the broker runs."""

import contextlib
import json
import re
import sqlite3
import subprocess
import threading

import pytest
from confluent_kafka.admin import NewPartitions

from broker import REPOSITORY
from clients import Confluent, Record, ask_admin, create_topic, retrying, texts

BASE = 1_700_000_000_000


def test_a_message_has_every_column(broker, topic):
    create_topic(broker.bootstrap, topic)
    headers = (("source", b"test"), ("source", b"again"), ("none", None), ("binary", b"\xff\0"))
    Confluent.produce(broker.bootstrap, topic, [
        Record(b"key", "größe".encode(), headers, BASE + 1),
        Record(None, None, timestamp=BASE + 2), Record(b"", b"", timestamp=BASE + 3)])
    first, second, third = broker.sql(
        "select topic, partition, \"offset\", timestamp, time, key, value, headers,"
        " typeof(key) key_type, typeof(value) value_type"
        f" from messages where topic = '{topic}' order by \"offset\"")
    assert json.loads(first.pop("headers")) == [
        ["source", "test"], ["source", "again"], ["none", None], ["binary", {"base64": "/wA="}]]
    assert first.pop("time").startswith("2023-11-14T22:13:20.001")
    assert first == {
        "topic": topic, "partition": 0, "offset": 0, "timestamp": BASE + 1, "key": "key",
        "value": "größe", "key_type": "text", "value_type": "text"}
    assert (second["key"], second["value"], second["headers"]) == (None, None, None)
    assert second["value_type"] == "null"
    assert (third["key"], third["value"], third["value_type"]) == ("", "", "text")
    raw = broker.sql(
        "select hex(key) key, hex(value) value, typeof(value) value_type from messages_raw"
        f" where topic = '{topic}' order by \"offset\"")
    assert raw == [
        {"key": b"key".hex().upper(), "value": "größe".encode().hex().upper(),
         "value_type": "blob"},
        {"key": "", "value": "", "value_type": "null"},
        {"key": "", "value": "", "value_type": "blob"}]


def test_values_are_searched_as_text(broker, topic):
    create_topic(broker.bootstrap, topic, 2)
    Confluent.produce(broker.bootstrap, topic, [
        Record(b"%d" % n, json.dumps({"id": n, "state": ["paid", "failed"][n % 2]}).encode(),
               partition=n % 2, timestamp=BASE + n) for n in range(100)])
    assert broker.scalar(
        f"select count(*) from messages where topic = '{topic}' and value like '%failed%'") == 50
    assert broker.scalar(
        f"select sum(json_extract(value, '$.id')) from messages where topic = '{topic}'") == 4950
    assert broker.scalar(
        f"select count(*) from messages where topic = '{topic}'"
        f" and timestamp between {BASE + 10} and {BASE + 19}") == 10
    assert broker.scalar(
        f"select value from messages where topic = '{topic}' and partition = 1 and \"offset\" = 3"
    ) == '{"id": 7, "state": "failed"}'


def test_a_topic_has_a_view_of_its_own_and_a_size(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "orders", 2)
    Confluent.produce(broker.bootstrap, "orders", texts(10))
    assert broker.scalar("select count(*) from topic_orders") == 10
    assert broker.sql("select partition, \"offset\", key, value from topic_orders limit 1") == [
        {"partition": 0, "offset": 0, "key": "key-0", "value": "value-0"}]
    sizes = broker.sql("select * from topic_sizes")
    assert [(r["topic"], r["partition"], r["records"]) for r in sizes] == [
        ("orders", 0, 10), ("orders", 1, 0)]
    assert sizes[0]["bytes"] > 100


def test_views_follow_topics_and_partitions_as_they_come_and_go(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "orders", 1)
    ask_admin(broker.bootstrap, "create_partitions", [NewPartitions("orders", 3)])
    Confluent.produce(broker.bootstrap, "orders", [
        Record(b"k", b"v", partition=n) for n in range(3)])
    assert broker.scalar("select count(distinct partition) from topic_orders") == 3
    ask_admin(broker.bootstrap, "delete_topics", ["orders"])
    assert broker.scalar("select count(*) from messages") == 0
    assert broker.sql("select name from sqlite_master where name = 'topic_orders'") == []


@pytest.mark.parametrize("view", ["messages where topic = 'orders' and", "topic_orders where"])
def test_a_point_query_searches_and_never_scans_records(own_broker, view):
    broker = own_broker()
    create_topic(broker.bootstrap, "orders", 4)
    create_topic(broker.bootstrap, "others", 4)
    Confluent.produce(broker.bootstrap, "orders", texts(100))
    plan = broker.plan(f"select * from {view} partition = 0 and \"offset\" = 5")
    of_records = [line for line in plan if "records_" in line]
    assert all(line.startswith("SEARCH") for line in of_records), plan
    assert len([line for line in plan if "INTEGER PRIMARY KEY (rowid=?)" in line]) >= 4, plan


def readme_queries():
    """Every query in the README: SQL blocks, and what its shell lines give to sqlite3."""
    text = (REPOSITORY / "README.md").read_text()
    blocks = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    queries = [query for block in blocks for query in block.split(";\n") if query.strip()]
    for line in re.findall(r"sqlite3 [^\n]*?acta\.db [\"'](.+?)[\"']\s*$", text, re.MULTILINE):
        queries.append(line.replace('\\"', '"'))
    return queries


def test_the_queries_of_the_readme_run(own_broker):
    queries = readme_queries()
    assert queries, "the README shows how to ask the log; it has no query now"
    broker = own_broker()
    for name in {"orders", *re.findall(r"\btopic_(?!sizes\b)(\w+)", " ".join(queries))}:
        create_topic(broker.bootstrap, name, 3)
        Confluent.produce(broker.bootstrap, name, [
            Record(b"k%d" % n, b'{"state": "failed", "total": %d}' % n) for n in range(10)])
    for query in queries:
        if query.lstrip().upper().startswith("INSERT"):
            with contextlib.closing(sqlite3.connect(broker.data, timeout=10)) as database, database:
                database.execute(query)
        else:
            broker.sql(query)


def test_a_reader_sees_dense_snapshots_while_records_arrive(broker, topic):
    create_topic(broker.bootstrap, topic, 2)
    stop = threading.Event()
    snapshots = []

    def read():
        while not stop.is_set():
            snapshots.append(broker.sql(
                "select partition, count(*) n, min(\"offset\") low, max(\"offset\") high"
                f" from messages where topic = '{topic}' group by partition"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for turn in range(10):
            Confluent.produce(broker.bootstrap, topic, [
                Record(b"k", b"%d" % n, partition=n % 2) for n in range(1_000)])
        assert retrying(20, lambda: len(snapshots) > 3)
    finally:
        stop.set()
        reader.join()
    before = {0: 0, 1: 0}
    for snapshot in snapshots:
        for row in snapshot:
            assert (row["low"], row["high"]) == (0, row["n"] - 1), "a snapshot with a hole"
            assert row["n"] >= before[row["partition"]], "a snapshot older than the one before"
            before[row["partition"]] = row["n"]
    assert broker.scalar(f"select count(*) from messages where topic = '{topic}'") == 10_000


def test_an_application_may_keep_tables_of_its_own_in_the_file(own_broker):
    broker = own_broker()
    Confluent.produce(broker.bootstrap, "beside", texts(10))
    for statement in (
            "create table application(id integer primary key, note text)",
            "insert into application(note) select value from topic_beside"):
        shell = subprocess.run(
            ["sqlite3", "-cmd", ".timeout 5000", str(broker.data), statement],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert shell.returncode == 0, shell.stderr
        Confluent.produce(broker.bootstrap, "beside", texts(10))
    broker.restart()
    assert broker.scalar("select count(*) from application") == 20
    assert len(Confluent.consume(broker.bootstrap, "beside", 30)) == 30


def test_the_file_is_sound(broker):
    assert broker.scalar("pragma integrity_check") == "ok"
    assert broker.scalar("pragma journal_mode") == "wal"
    assert broker.scalar("pragma page_size") == 16384
