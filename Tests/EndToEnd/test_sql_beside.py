"""SQL beside the broker: applications, tools and readers at the same file while it serves."""

import contextlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from broker import REPOSITORY, free_port
from clients import Confluent, Record, Refused, create_topic, retrying, texts
from groups import commit_alone

BIN = pathlib.Path(sys.executable).parent


@contextlib.contextmanager
def foreign(broker):
    """A connection as README tells applications to make one."""
    connection = sqlite3.connect(broker.data, timeout=5, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint=0")
    try:
        yield connection
    finally:
        connection.close()


def produced(broker, topic, count=10, **settings):
    Confluent.produce(broker.bootstrap, topic, texts(count), **settings)


def latencies(broker, topic, seconds):
    """Milliseconds of one record at a time, acks=1, sorted."""
    producer = Producer({
        "bootstrap.servers": broker.bootstrap, "acks": 1, "linger.ms": 0,
        "allow.auto.create.topics": True})
    taken = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        began = time.monotonic()
        producer.produce(topic, b"x", partition=0)
        assert producer.flush(20) == 0
        taken.append((time.monotonic() - began) * 1_000)
    return sorted(taken)


def hundredth(sorted_latencies):
    return sorted_latencies[len(sorted_latencies) * 99 // 100]


# MARK: Applications' tables, triggers and rows


@pytest.mark.parametrize("schema", [
    "CREATE TABLE app(doc TEXT, s TEXT AS (json_extract(doc, '$.a')))",
    "CREATE TABLE app(doc TEXT CHECK (json_valid(doc)))",
    "CREATE TABLE app(doc TEXT); CREATE INDEX app_a ON app(doc ->> '$.a')",
    "CREATE TABLE app(doc TEXT); CREATE TRIGGER app_t AFTER INSERT ON app BEGIN"
    " UPDATE app SET doc = json_set(doc, '$.b', 2) WHERE rowid = NEW.rowid; END",
])
def test_an_applications_schema_is_harmless(own_broker, schema):
    broker = own_broker()
    produced(broker, "orders")
    with foreign(broker) as connection:
        connection.executescript(schema)
        connection.execute("INSERT INTO app(doc) VALUES ('{\"a\": 1}')")
    produced(broker, "orders")
    create_topic(broker.bootstrap, "more", 3)
    broker.restart()
    produced(broker, "orders")
    assert len(Confluent.consume(broker.bootstrap, "orders", 30)) == 30
    assert broker.scalar("select count(*) from app") == 1


@pytest.mark.parametrize("make, drop", [
    ("CREATE INDEX odd ON records_1(json_extract(value, '$.a'))", "DROP INDEX odd"),
    ("CREATE TRIGGER odd AFTER INSERT ON records_1 BEGIN SELECT no_such_function(1); END",
     "DROP TRIGGER odd"),
    ("CREATE TRIGGER odd BEFORE INSERT ON records_1 BEGIN SELECT raise(ABORT, 'not here'); END",
     "DROP TRIGGER odd"),
])
def test_what_an_applications_trigger_refuses_is_refused_by_name(own_broker, make, drop):
    broker = own_broker()
    create_topic(broker.bootstrap, "orders")
    create_topic(broker.bootstrap, "others")
    with foreign(broker) as connection:
        connection.execute(make)
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(Refused) as refusal:
                produced(broker, "orders", 1)
            assert refusal.value.code == KafkaError.POLICY_VIOLATION
            assert time.monotonic() - began < 5
            produced(broker, "others", 1)
            broker.restart()
        connection.execute(drop)
    produced(broker, "orders", 3)
    assert len(Confluent.consume(broker.bootstrap, "orders", 3)) == 3
    assert "topic orders, partition 0 was refused by the database" in broker.log(1_000)


def test_a_row_by_hand_is_refused_by_the_table(own_broker):
    broker = own_broker()
    produced(broker, "orders", 3)
    with foreign(broker) as connection:
        for row in ("(\"offset\", timestamp, value) VALUES (3, 0, x'41')",
                    "(timestamp, value) VALUES (0, x'41')"):
            with pytest.raises(sqlite3.IntegrityError, match="produce to it"):
                connection.execute(f"INSERT INTO records_1{row}")
    produced(broker, "orders", 2)
    assert len(Confluent.consume(broker.bootstrap, "orders", 5)) == 5


def test_a_damaged_batch_is_told_once(own_broker):
    broker = own_broker("acta.tail.cache.bytes=0")
    create_topic(broker.bootstrap, "orders", 2)
    for _ in range(2):
        Confluent.produce(broker.bootstrap, "orders", [
            Record(b"k", b"%d" % n, partition=1) for n in range(5)])
    with foreign(broker) as connection:
        [(table,)] = connection.execute(
            "SELECT 'records_' || p.id FROM partitions p JOIN topics t ON t.id = p.topic_id"
            " WHERE t.name = 'orders' AND p.number = 1")
        connection.execute(f"UPDATE {table} SET value = x'41' WHERE \"offset\" = 7")
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "g"})
    consumer.assign([TopicPartition("orders", 1, 0)])
    seen = []
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            seen.append(message.offset())
    consumer.close()
    assert seen == [0, 1, 2, 3, 4]
    told = [line for line in broker.log(1_000).splitlines() if "is not what was produced" in line]
    assert len(told) == 1, told
    assert "ERROR" in told[0]
    assert "offset 5 of topic orders, partition 1" in told[0]


# MARK: Readers and writers that stay


@contextlib.contextmanager
def reader_that_stays(broker):
    """A SELECT in another process that has begun and does not end."""
    script = (
        "import sqlite3, sys\n"
        f"c = sqlite3.connect('file:{broker.data}?mode=ro', uri=True, isolation_level=None)\n"
        "c.execute('BEGIN')\n"
        "c.execute('SELECT count(*) FROM batches').fetchall()\n"
        "print('reading', flush=True)\n"
        "sys.stdin.read()\n")
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "reading\n"
        yield process
    finally:
        process.stdin.close()
        process.wait(10)


def test_a_reader_delays_neither_stop_nor_start(own_broker):
    broker = own_broker()
    produced(broker, "orders", 1_000)
    alone = time.monotonic()
    assert broker.stop() == 0
    broker.start()
    alone = time.monotonic() - alone
    produced(broker, "orders", 1_000)
    with reader_that_stays(broker):
        produced(broker, "orders", 1_000)
        began = time.monotonic()
        assert broker.stop() == 0
        stopped = time.monotonic() - began
        broker.start()
        both = time.monotonic() - began
        produced(broker, "orders", 10)
    assert stopped < 1, stopped
    assert both < alone + 1, (both, alone)
    assert broker.scalar("select count(*) from messages") == 3_010


def test_the_write_ahead_log_has_a_bound_that_can_be_set(own_broker):
    broker = own_broker("acta.wal.max.bytes=33554432")
    create_topic(broker.bootstrap, "orders")
    value = b"x" * 100_000
    with reader_that_stays(broker) as reader:
        producer = Producer({
            "bootstrap.servers": broker.bootstrap, "message.timeout.ms": 3_000, "linger.ms": 0})
        refused = []
        for _ in range(600):
            producer.produce("orders", value, on_delivery=lambda e, m: refused.append(e) if e else 0)
            producer.flush(10)
            if refused:
                break
        assert refused, "it was never refused"
        assert pathlib.Path(f"{broker.data}-wal").stat().st_size < 48 << 20
        assert f"{reader.pid} (" in broker.log(1_000)
    assert retrying(10, lambda: not producing_fails(broker))


def producing_fails(broker):
    try:
        Confluent.produce(
            broker.bootstrap, "orders", texts(1), **{"message.timeout.ms": 2_000})
    except Refused:
        return True
    return False


def test_who_keeps_the_file_locked_is_named(own_broker):
    broker = own_broker()
    produced(broker, "orders", 1)
    with foreign(broker) as connection:
        connection.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(2.5, lambda: None)
        timer.start()
        sent = threading.Thread(target=produced, args=(broker, "orders", 1))
        sent.start()
        timer.join()
        connection.execute("COMMIT")
        sent.join()
    assert re.search(rf"process {os.getpid()} \(.+\) keeps the database locked", broker.log(1_000))
    assert broker.scalar("select count(*) from messages") == 2


def test_an_application_that_commits_all_the_time_delays_nobody(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "orders")
    # What the machine itself does to one record in a hundred, while other work is on it.
    alone = hundredth(latencies(broker, "orders", 2))
    script = (
        "import sqlite3, sys, time\n"
        f"c = sqlite3.connect({str(broker.data)!r}, timeout=10, isolation_level=None)\n"
        "c.execute('PRAGMA wal_autocheckpoint=0')\n"
        "c.execute('PRAGMA synchronous=NORMAL')\n"
        "c.execute('CREATE TABLE IF NOT EXISTS app(id INTEGER PRIMARY KEY, n)')\n"
        "print('ready', flush=True)\n"
        "began, count = time.monotonic(), 0\n"
        "while time.monotonic() < began + 6:\n"
        "    c.execute('BEGIN IMMEDIATE')\n"
        "    c.execute('INSERT INTO app(n) VALUES (1)')\n"
        "    c.execute('COMMIT')\n"
        "    count += 1\n"
        "    time.sleep(max(0, began + count / 1_000 - time.monotonic()))\n"
        "print(count, flush=True)\n")
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    taken = latencies(broker, "orders", 5)
    commits = int(process.stdout.readline())
    process.wait(10)
    assert commits > 2_000, commits
    assert hundredth(taken) < 50 + 2 * alone, (alone, taken[-20:], commits)
    assert "read anew" not in broker.log(1_000)


# MARK: Tools


def test_views_are_text_and_have_affinities(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "orders", 4)
    Confluent.produce(broker.bootstrap, "orders", [
        Record(b"k", b"\xff\x00", partition=3), Record(b"k", b"text", partition=3)])
    commit_alone(broker, "g", "orders", {3: 1})
    for question in [
            "messages where partition = '3'", "messages where topic = 'orders' and offset >= '0'",
            "topic_orders where partition = '3'", "topic_orders where partition in ('3')",
            "messages_raw where partition = '3'"]:
        assert broker.scalar(f"select count(*) from {question}") == 2, question
    for question in [
            "consumer_lag where partition = '3' and lag = '1'",
            "offset_history where partition = '3' and offset_after = '1' and rewound = '0'",
            "topic_sizes where partition = '3' and records = '2'"]:
        assert broker.scalar(f"select count(*) from {question}") == 1, question
    assert broker.scalar("select hex(value) from messages_raw where offset = 0") == "FF00"
    kinds = broker.sql("select distinct typeof(key) k, typeof(value) v from topic_orders")
    assert kinds == [{"k": "text", "v": "text"}]


def test_no_topics_view_is_anothers(own_broker):
    broker = own_broker()
    for name in ("sizes", "sizes_1", "orders", "Orders", "raw", "orders_raw", "sizes_2"):
        create_topic(broker.bootstrap, name)
        Confluent.produce(broker.bootstrap, name, [Record(value=name.encode())])
    for row in broker.sql("select name, view_name from topics"):
        seen = broker.sql(f"select distinct topic, value from \"{row['view_name']}\"")
        assert seen == [{"topic": row["name"], "value": row["name"]}]
        plain = f"topic_{row['name']}"
        shell = subprocess.run(
            ["sqlite3", "-readonly", str(broker.data), f"select topic, value from \"{plain}\""],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert shell.returncode != 0 or shell.stdout == f"{row['name']}|{row['name']}\n", plain


@contextlib.contextmanager
def datasette(broker, *options):
    port = free_port()
    with open(broker.directory / "datasette.log", "wb") as log:
        process = subprocess.Popen(
            [BIN / "datasette", "serve", str(broker.data), "-p", str(port), *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        assert retrying(30, lambda: page(port, "/-/versions.json")[0] == 200)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def page(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def tilde(name):
    """Datasette's way to write a name in a path."""
    return "".join(c if c.isalnum() or c in "_-" else f"~{ord(c):02X}" for c in name)


def test_datasette_shows_every_view(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "orders", 4)
    create_topic(broker.bootstrap, "Orders", 1)
    create_topic(broker.bootstrap, "a.b-c", 1)
    Confluent.produce(broker.bootstrap, "orders", [
        Record(b"k", [b"\xff\xfe", b'{"n": 1}'][n % 2], partition=n % 4) for n in range(250)])
    commit_alone(broker, "g", "orders", {3: 1})
    views = [row["name"] for row in broker.sql(
        "select name from sqlite_schema where type = 'view'")]
    assert len(views) > 8
    metadata = REPOSITORY / "tools" / "datasette" / "metadata.json"
    with datasette(broker, "--metadata", str(metadata)) as port:
        for view in views:
            for suffix in ("", ".json", "?_size=5&_next=5"):
                status, text = page(port, f"/acta/{tilde(view)}{suffix}")
                assert status == 200, (view, suffix, text[-500:])
        status, text = page(port, "/acta/messages.json?_facet=partition&_size=100")
        assert status == 200
        facets = json.loads(text)["facet_results"]["partition"]["results"]
        assert sorted(f["value"] for f in facets) == [0, 1, 2, 3]
        for facet in facets:
            query = urllib.parse.urlparse(facet["toggle_url"]).query
            shown = json.loads(page(port, f"/acta/messages.json?{query}&_size=max")[1])
            assert len(shown["rows"]) == facet["count"] > 0
        rows, after = 0, "0"
        while after is not None:
            shown = json.loads(page(port, f"/acta/messages.json?_size=100&_next={after}")[1])
            rows += len(shown["rows"])
            after = shown["next"]
        assert rows == 250
    produced(broker, "orders", 1)


def test_sqlite_utils_reads_views_and_writes_beside(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "orders", 4)
    Confluent.produce(broker.bootstrap, "orders", [
        Record(b"k", b"v%d" % n, partition=n) for n in range(4)])

    def utils(*arguments):
        done = subprocess.run(
            [BIN / "sqlite-utils", *arguments], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    data = str(broker.data)
    rows = json.loads(utils(
        "rows", data, "topic_orders", "--where", "partition = :p", "-p", "p", "3"))
    assert [row["value"] for row in rows] == ["v3"]
    rows = json.loads(utils(
        data, "select value from messages where partition = :p", "-p", "p", "2"))
    assert rows == [{"value": "v2"}]
    utils("create-table", data, "notes", "id", "integer", "note", "text", "--pk", "id")
    produced(broker, "orders", 1)
    assert broker.scalar("select count(*) from messages") == 5


def test_duckdb_asks_through_sqlite(own_broker):
    import duckdb
    import duckdb_extension_sqlite_scanner

    broker = own_broker()
    create_topic(broker.bootstrap, "orders", 4)
    Confluent.produce(broker.bootstrap, "orders", [
        Record(b"k", b"v%d" % n, partition=n % 4) for n in range(40)])
    [extension] = pathlib.Path(duckdb_extension_sqlite_scanner.__file__).parent.rglob(
        "*.duckdb_extension")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    connection.execute(f"ATTACH '{broker.data}' AS acta (TYPE sqlite, READ_ONLY)")
    rows = connection.execute(
        "FROM sqlite_query('acta', 'SELECT partition, offset, value FROM topic_orders"
        " WHERE partition = 3 AND offset >= 8')").fetchall()
    assert [row[2] for row in rows] == ["v35", "v39"]
    count = connection.execute(
        "SELECT count(*) FROM acta.messages WHERE topic = 'orders'").fetchone()
    assert count == (40,)
    connection.close()
    produced(broker, "orders", 1)


def test_litestream_beside_the_broker(own_broker):
    broker = own_broker()
    produced(broker, "orders", 1_000)
    replica = broker.directory / "replica"
    with open(broker.directory / "litestream.log", "wb") as log:
        process = subprocess.Popen(
            [BIN / "litestream", "replicate", str(broker.data), f"file://{replica}"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        assert retrying(20, lambda: replica.exists() and any(replica.rglob("*.ltx")))
        for _ in range(20):
            produced(broker, "orders", 100)
        began = time.monotonic()
        assert broker.stop() == 0
        assert time.monotonic() - began < 1
        broker.start()
        produced(broker, "orders", 100)
        time.sleep(2)
        assert not re.search(r"(?i)info.*read anew|has taken over", broker.log(1_000))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
    restored = broker.directory / "restored.db"
    done = subprocess.run(
        [BIN / "litestream", "restore", "-o", str(restored), f"file://{replica}"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    copy = sqlite3.connect(restored)
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert copy.execute("SELECT count(*) FROM messages").fetchone() == (3_100,)
    copy.close()


def test_a_backup_ends_beside_a_producer(own_broker):
    broker = own_broker()
    produced(broker, "orders", 20_000)
    stop = threading.Event()

    def append():
        while not stop.is_set():
            produced(broker, "orders", 1)

    writer = threading.Thread(target=append)
    writer.start()
    try:
        copy = broker.directory / "copy.db"
        began = time.monotonic()
        broker.shell(f"VACUUM INTO '{copy}'")
        assert time.monotonic() - began < 10
    finally:
        stop.set()
        writer.join()
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM messages").fetchone()[0] >= 20_000
    connection.close()
