"""Tools that work on the file: beside a broker that serves it, and while there is none."""

import base64
import json
import os
import pty
import re
import select
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from broker import Broker, binary
from clients import Confluent, cluster_of, create_topic, retrying
from groups import commit_alone
from kafka_broker import KafkaBroker

#: So that compaction is always at work.
EAGER = ["log.cleaner.backoff.ms=50", "log.retention.check.interval.ms=100"]
BINARY = bytes(range(256))


def acta(*arguments, stdin=None, check=0, **environment):
    """What a tool prints; fails on another exit code than `check`, and on a stack trace."""
    done = subprocess.run(
        [binary(), *map(str, arguments)], input=stdin, capture_output=True, timeout=120,
        env={**os.environ, **environment}, check=False)
    assert b"Fatal error" not in done.stderr, done.stderr
    if check is not None:
        assert done.returncode == check, (done.returncode, done.stdout[-2000:], done.stderr)
    return done


def answer(*arguments, **settings):
    return json.loads(acta(*arguments, "--output", "json", **settings).stdout)


def refused(*arguments):
    """The sentence that a tool ends with."""
    done = acta(*arguments, check=1)
    assert done.stderr.count(b"\n") == 1, done.stderr
    return done.stderr.decode()


def transact(bootstrap, topic, values, commit):
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "tx"})
    producer.init_transactions(30)
    producer.begin_transaction()
    for value in values:
        producer.produce(topic, value, key=b"t", partition=0)
    producer.flush()
    (producer.commit_transaction if commit else producer.abort_transaction)(30)


def send(bootstrap, records, topic="orders", **settings):
    # A flush does not wait for that; what is slow on a busy machine stays one batch.
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5_000, **settings})
    for record in records:
        producer.produce(topic, partition=0, **record)
    assert producer.flush(20) == 0


def fill(bootstrap, now):
    """Some of everything that a dump shows; times are given, so that two brokers store the same bytes."""
    send(bootstrap, [
        dict(key=b"k1", value=b"hello", timestamp=now),
        dict(value=b"world", timestamp=now + 1, headers=[("h1", b"a"), ("h2", None)])])
    send(bootstrap, [dict(key=b"k%d" % n, value=b"v" * 20, timestamp=now + n) for n in range(5)],
         **{"enable.idempotence": True})
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        send(bootstrap, [dict(key=b"c", value=b"v" * 50, timestamp=now + 9)] * 3,
             **{"compression.type": codec})
    send(bootstrap, [
        dict(key=b"k1", timestamp=now + 10), dict(key=b"", value=b"", timestamp=now + 11),
        dict(key=b"k2", value='{"status": "failed", "try": 3}', timestamp=now + 12)])
    transact(bootstrap, "orders", [b"one", b"two"], True)
    transact(bootstrap, "orders", [b"three"], False)


@pytest.fixture(scope="module")
def now():
    return int(time.time() * 1000) - 60_000


@pytest.fixture(scope="module")
def served(tmp_path_factory, now):
    """A broker whose file has some of everything."""
    broker = Broker(tmp_path_factory.mktemp("served"), EAGER).start()
    create_topic(broker.bootstrap, "orders", 2)
    create_topic(
        broker.bootstrap, "compacted", cleanup_policy="compact", segment_ms=50,
        min_cleanable_dirty_ratio=0.01)
    fill(broker.bootstrap, now)
    send(broker.bootstrap, [dict(key=b"bin", value=BINARY)], "orders")
    send(broker.bootstrap, [dict(key=b"once", value=b"stays")], "compacted")
    for n in range(20):
        send(broker.bootstrap, [dict(key=b"k%d" % (n % 3), value=b"%d" % n)], "compacted", **{"linger.ms": 0})
    for position in (5, 9, 2):
        commit_alone(broker, "readers", "orders", {0: position})
    assert retrying(20, lambda: broker.scalar("select count(*) from compaction_keys") > 0)
    yield broker
    broker.close()


@pytest.fixture
def stopped(served, tmp_path):
    """A copy of that file that nobody serves."""
    path = tmp_path / "stopped.db"
    acta("backup", served.data, path)
    return path


# MARK: dump-log


def dump(path, *options):
    return acta("dump-log", "--files", path, *options).stdout


def test_a_dump_has_kafkas_layout_while_the_broker_runs(served, now):
    lines = dump(f"{served.data}/orders-0", "--deep-iteration", "--print-data-log").split(b"\n")
    assert lines[:5] == [
        f"Dumping {served.data}/orders-0".encode(), b"Log starting offset: 0", lines[2],
        f"| offset: 0 CreateTime: {now} keySize: 2 valueSize: 5 sequence: -1 headerKeys: []"
        " key: k1 payload: hello".encode(),
        f"| offset: 1 CreateTime: {now + 1} keySize: -1 valueSize: 5 sequence: -1"
        " headerKeys: [h1,h2] payload: world".encode()]
    assert re.fullmatch(
        rb"baseOffset: 0 lastOffset: 1 count: 2 baseSequence: -1 lastSequence: -1 producerId: -1"
        rb" producerEpoch: -1 partitionLeaderEpoch: 0 isTransactional: false isControl: false"
        rb" deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: \d+ size: 96 magic: 2"
        rb" compresscodec: none crc: \d+ isvalid: true", lines[2])
    text = b"\n".join(lines)
    assert text.count(b"isvalid: true") == text.count(b"baseOffset:")
    assert b"endTxnMarker: COMMIT coordinatorEpoch: 0" in text
    assert b"endTxnMarker: ABORT coordinatorEpoch: 0" in text
    # Bytes are what was sent.
    assert b"key: bin payload: " + BINARY + b"\n" in text


def test_a_whole_file_is_dumped_and_what_compaction_took_is_named(served):
    done = acta("dump-log", "--files", served.data, "--deep-iteration")
    assert [line for line in done.stdout.splitlines() if line.startswith(b"Dumping")] == [
        f"Dumping {served.data}/{name}".encode() for name in ("compacted-0", "orders-0", "orders-1")]
    assert b"Non-consecutive offsets in" in done.stderr
    assert b"is followed by" in done.stderr


def normalized(text):
    """Lines of batches and records, without what differs by name: where a file begins and how it is called, and for
    a compressed batch, which is kept as rows here, its size and checksum; a marker's time and checksum are its
    broker's."""
    lines = []
    for line in text.decode().splitlines():
        if not line.startswith(("baseOffset", "|")):
            continue
        line = re.sub(r"position: \d+ ", "", line)
        if not re.search("compresscodec: none", line) or "isControl: true" in line:
            line = re.sub(r"size: \d+ |crc: \d+ ", "", line)
        if "isTransactional: true" in line:
            line = re.sub(r"crc: \d+ ", "", line)
        if "isControl: true" in line or "endTxnMarker" in line or "key: t " in line or (
                "isTransactional: true" in line):
            line = re.sub(r"CreateTime: \d+", "CreateTime: T", line)
        lines.append(line)
    return lines


def test_kafkas_own_dump_shows_the_same(tmp_path, now):
    kafka = KafkaBroker(tmp_path / "kafka")
    kafka.start()
    try:
        create_topic(f"127.0.0.1:{kafka.port}", "orders", 1)
        fill(f"127.0.0.1:{kafka.port}", now)
        segments = sorted((tmp_path / "kafka/logs/orders-0").glob("*.log"))
        theirs = subprocess.run(
            kafka.java("org.apache.kafka.tools.DumpLogSegments", "--deep-iteration", "--print-data-log",
                       "--files", ",".join(map(str, segments))),
            capture_output=True, check=True).stdout
    finally:
        kafka.close()
    ours = Broker(tmp_path / "acta").start()
    try:
        create_topic(ours.bootstrap, "orders", 1)
        fill(ours.bootstrap, now)
        mine = dump(f"{ours.data}/orders-0", "--deep-iteration", "--print-data-log")
    finally:
        ours.close()
    assert normalized(mine) == normalized(theirs)


def test_decoders_metadata_and_limits(served):
    path = f"{served.data}/orders-0"
    plain = dump(path, "--print-data-log", "--skip-record-metadata").split(b"\n")
    assert plain[3:5] == [b"| key: k1 payload: hello", b"| payload: world"]
    assert len(dump(path, "--max-bytes", "97").splitlines()) == 4
    assert dump(path, "--index-sanity-check") == (
        f"Dumping {path}\n{path} passed sanity check.\n".encode())
    failed = acta("dump-log", "--files", path, "--value-decoder-class",
                  "org.apache.kafka.tools.api.LongDecoder", check=1)
    assert b"LongDecoder needs 8 bytes, and there are 5" in failed.stderr


# MARK: check


def test_a_file_is_sound_beside_its_broker_and_without(served, stopped):
    for path in (served.data, stopped):
        found = answer("check", path)
        assert found["errors"] == 0 and found["findings"] == [], found
        assert found["records"] > 25
    assert b"nothing is wrong.\n" in acta("check", stopped).stdout


DAMAGES = {
    "records": "delete from records_1 where \"offset\" = 1",
    "checksum": "update records_1 set value = x'00' where \"offset\" = 0",
    "offsets": "update stored_partitions set next_offset = 3000 where id = 1",
    "compaction": "delete from compaction_keys",
    "transactions": "delete from transaction_ranges",
    "sums": "update stored_partitions set record_count = record_count + 7 where id = 1",
    "schema": "drop view consumer_lag",
    "committed offsets": "update committed_offsets set committed_offset = 100000",
}


@pytest.mark.parametrize("check", DAMAGES)
def test_a_damaged_file_is_found(stopped, check):
    with sqlite3.connect(stopped) as connection:
        connection.execute(DAMAGES[check])
    connection.close()
    done = acta("check", stopped, check=None)
    assert done.returncode == (0 if check == "committed offsets" else 1), done
    assert f" {check} ".encode() in done.stdout, done.stdout
    repairable = check in ("sums", "schema", "compaction")
    assert (b"Can be repaired: --repair." in done.stdout) == repairable
    if repairable:
        assert b"Repaired." in acta("check", stopped, "--repair").stdout
        assert answer("check", stopped)["findings"] == []


def test_a_flipped_byte_is_found(stopped):
    content = bytearray(stopped.read_bytes())
    content[content.index(b"hello")] ^= 1
    stopped.write_bytes(content)
    done = acta("check", stopped, check=1)
    assert b"ERROR checksum orders-0: the batch at offset 0" in done.stdout
    # Half a page of rubbish is for SQLite's own check.
    content[3 * 16384:3 * 16384 + 8192] = os.urandom(8192)
    stopped.write_bytes(content)
    assert acta("check", stopped, check=None).returncode == 1


def test_nothing_is_repaired_while_a_broker_runs(own_broker):
    broker = own_broker()
    send(broker.bootstrap, [dict(value=b"x")], "orders")
    with sqlite3.connect(broker.data) as connection:
        connection.execute("drop view topic_sizes")
    connection.close()
    assert "is in use by" in acta("check", broker.data, "--repair", check=1).stderr.decode()


def test_a_check_beside_a_busy_broker_finds_nothing_and_keeps_the_log_short(own_broker):
    broker = own_broker(*EAGER)
    stop = threading.Event()

    def produce():
        producer = Producer({"bootstrap.servers": broker.bootstrap, "compression.type": "none"})
        while not stop.is_set():
            producer.produce("busy", os.urandom(900), key=b"k%d" % time.monotonic_ns())
            producer.poll(0)
            if len(producer) > 5_000:
                producer.flush(5)
        producer.flush(20)

    writer = threading.Thread(target=produce)
    writer.start()
    try:
        time.sleep(3)
        for _ in range(3):
            found = answer("check", broker.data)
            assert found["findings"] == [], found
        log = (broker.data.parent / "acta.db-wal").stat().st_size
    finally:
        stop.set()
        writer.join()
    assert log < 128 << 20, log


# MARK: backup and branch


def test_a_backup_under_load_is_a_prefix_and_serves(own_broker, tmp_path):
    broker = own_broker()
    stop = threading.Event()
    acknowledged = []

    def produce():
        producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 1})
        number = 0
        while not stop.is_set():
            producer.produce(
                "orders", b"%d" % number,
                on_delivery=lambda error, message: acknowledged.append(message.offset()))
            producer.poll(0)
            number += 1
            if number % 1_000 == 0:
                producer.flush(20)
        producer.flush(20)

    writer = threading.Thread(target=produce)
    writer.start()
    try:
        assert retrying(20, lambda: len(acknowledged) > 5_000)
        before = len(acknowledged)
        copy = tmp_path / "copy.db"
        told = answer("backup", broker.data, copy)
    finally:
        stop.set()
        writer.join()
    assert told["records"] >= before
    assert "exists already" in refused("backup", broker.data, copy)
    assert sorted(path.name for path in tmp_path.glob("copy.db*")) == ["copy.db"]
    assert answer("check", copy)["findings"] == []
    restored = own_broker(start=False)
    restored.directory.mkdir(parents=True, exist_ok=True)
    shutil.copy(copy, restored.data)
    restored.start()
    records = Confluent.consume(restored.bootstrap, "orders", told["records"])
    assert [record.value for record in records] == [b"%d" % n for n in range(told["records"])]


def test_a_backup_that_is_cut_short_leaves_nothing_under_its_name(stopped, tmp_path):
    (tmp_path / "copy.db.partial").write_bytes(b"")
    assert "another copy is being made" in refused("backup", stopped, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_who_knew_the_original_is_told_by_its_branch(own_broker, tmp_path):
    original = own_broker()
    create_topic(original.bootstrap, "orders", 1)
    send(original.bootstrap, [dict(value=b"old %d" % n) for n in range(10)])
    told = answer("branch", original.data, tmp_path / "branch.db")
    assert told["formerClusterId"] == cluster_of(original.bootstrap).cluster_id
    send(original.bootstrap, [dict(value=b"lost %d" % n) for n in range(5)])
    consumer = Consumer({
        "bootstrap.servers": original.bootstrap, "group.id": "g", "auto.offset.reset": "error",
        "enable.auto.commit": False})
    consumer.assign([TopicPartition("orders", 0, 0)])
    try:
        values = []
        assert retrying(20, lambda: values.extend(
            message.value() for message in consumer.consume(100, 0.5)) or len(values) == 15)
        assert original.stop() == 0
        branch = Broker(tmp_path / "branch", port=original.port)
        branch.directory.mkdir()
        shutil.move(tmp_path / "branch.db", branch.data)
        branch.start()
        try:
            assert cluster_of(branch.bootstrap).cluster_id == told["clusterId"]
            assert branch.scalar("select value from cluster where key = 'leader_epoch'") == str(
                told["firstLeaderEpoch"])
            send(branch.bootstrap, [dict(value=b"new %d" % n) for n in range(10)])
            errors = []

            def hears():
                message = consumer.poll(0.5)
                if message is not None:
                    assert message.error() is not None, message.value()
                    errors.append(message.error().str())
                return any("truncation" in error for error in errors)

            assert retrying(30, hears), errors
        finally:
            branch.close()
    finally:
        consumer.close()


# MARK: sql


def test_sql_in_every_format(served, stopped):
    query = "SELECT 1 AS a, 'x|y' AS b, NULL AS c, x'00ff' AS d, 'a,\"b' AS e"
    for path in (served.data, stopped):
        assert acta("sql", query, "--data", path).stdout == (
            b"a    b    c     d        e\n"
            b"---  ---  ----  -------  ----\n"
            b"1    x|y  NULL  x'00ff'  a,\"b\n")
        assert acta("sql", query, "--data", path, "--output", "csv").stdout == (
            b'a,b,c,d,e\r\n1,x|y,,x\'00ff\',"a,""b"\r\n')
        assert answer("sql", query, "--data", path) == [
            {"a": 1, "b": "x|y", "c": None, "d": {"base64": "AP8="}, "e": 'a,"b'}]
        assert acta("sql", query, "--data", path, "--output", "markdown").stdout == (
            b"| a   | b    | c   | d       | e    |\n| --- | ---- | --- | ------- | ---- |\n"
            b"| 1   | x\\|y |     | x'00ff' | a,\"b |\n")


def test_sql_passes_bytes_through(served):
    [row] = answer("sql", "SELECT value FROM messages_raw WHERE key = CAST('bin' AS BLOB)", "--data", served.data)
    assert base64.b64decode(row["value"]["base64"]) == BINARY
    text = acta("sql", "SELECT CAST(x'61ff62' AS TEXT)", "--data", served.data, "--output", "csv").stdout
    assert text.endswith(b"a\xffb\r\n")


def test_sql_reads_only_unless_told(stopped):
    assert "Nothing is written without --write" in refused("sql", "CREATE TABLE t(x)", "--data", stopped)
    acta("sql", "CREATE TABLE t(x); INSERT INTO t VALUES (7)", "--data", stopped, "--write")
    assert answer("sql", "SELECT x FROM t", "--data", stopped) == [{"x": 7}]
    assert "rolled back" in refused("sql", "BEGIN; INSERT INTO t VALUES (8)", "--data", stopped, "--write")
    assert "not authorized" in refused("sql", "PRAGMA wal_checkpoint", "--data", stopped, "--write")


def test_sql_takes_nothing_of_the_log_away(stopped):
    for statement in ("DROP TABLE topics", "DROP TABLE Records_1", "DROP VIEW messages", "DROP VIEW topic_orders",
                      "ALTER TABLE batches ADD COLUMN x", "ALTER TABLE topics RENAME TO t",
                      "DROP INDEX client_quotas_once", "DROP TRIGGER mark_groups_insert", "DROP TRIGGER records_1_guard",
                      "CREATE TABLE records_9(x)", "CREATE VIEW topic_mine AS SELECT 1",
                      "PRAGMA application_id = 1", "PRAGMA auto_vacuum = 0"):
        assert "not authorized" in refused("sql", statement, "--data", stopped, "--write"), statement
    acta("sql", "CREATE TABLE mine(x); ALTER TABLE mine ADD COLUMN y; CREATE VIEW v AS SELECT x FROM mine;"
         " DROP VIEW v; DROP TABLE mine; VACUUM", "--data", stopped, "--write")
    assert answer("check", stopped)["findings"] == []


def test_sql_without_write_makes_no_file(stopped, tmp_path):
    copy = tmp_path / "copy.db"
    assert "Nothing is written without --write" in refused("sql", f"VACUUM INTO '{copy}'", "--data", stopped)
    assert not copy.exists()
    acta("sql", "EXPLAIN DELETE FROM topics", "--data", stopped)


def script(stopped, text, *options, check=0):
    return acta("sql", "--data", stopped, *options, stdin=text, check=check)


def test_a_script_has_commands_between_its_statements(stopped):
    listed = script(stopped, b".output json\n.tables\n")
    assert {"name": "topics", "type": "table"} in json.loads(listed.stdout)
    assert acta("sql", ".tables", "--data", stopped, "--output", "json").stdout == listed.stdout
    assert script(stopped, b".schema CONSUMER_lag\n").stdout.startswith(b"CREATE VIEW consumer_lag")
    assert script(
        stopped, b".output csv\r\nSELECT 1 AS a;\n.output json\nSELECT '\n.quit\n' AS b;\n.quit\nSELECT 3;"
    ).stdout == b'a\r\n1\r\n[{"b":"\\u000a.quit\\u000a"}]\n'
    done = script(stopped, b"SELECT 1 AS a;\n.headers on\nSELECT 2;\n", "--output", "csv", check=1)
    assert done.stdout == b"a\r\n1\r\n"
    assert done.stderr == b".headers on is unknown; .help says what there is.\n"
    assert script(stopped, b".output xml\n", check=1).stderr == b"There is no format xml.\n"


def test_a_transaction_of_a_script_goes_on_behind_a_command(stopped):
    written = b"BEGIN;\nCREATE TABLE t(x);\n.output csv\nINSERT INTO t VALUES (7);\nCOMMIT;\nSELECT x FROM t;\n"
    assert script(stopped, written, "--write").stdout == b"x\r\n7\r\n"
    left = script(stopped, b"BEGIN; INSERT INTO t VALUES (8);\n.quit\nCOMMIT;", "--write", check=1)
    assert b"rolled back" in left.stderr
    assert answer("sql", "SELECT x FROM t", "--data", stopped) == [{"x": 7}]


def test_a_script_that_fails_at_a_command_keeps_nobody_from_writing_while_it_is_read(stopped):
    text = (b"BEGIN IMMEDIATE;\nWITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            b" SELECT printf('%0100d', i) FROM n;\n.bogus\n")
    with subprocess.Popen([binary(), "sql", "--data", str(stopped), "--write"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        reading.stdin.write(text)
        reading.stdin.close()
        assert reading.stdout.read(1), "it has ended, and waits for who reads it"
        acta("sql", "CREATE TABLE meanwhile(x)", "--data", stopped, "--write")
        reading.stdout.read()
        assert b".bogus is unknown" in reading.stderr.read()


def test_a_script_is_taken_as_its_bytes_are(stopped):
    assert script(stopped, b"SELECT 'a\xffb' AS x;", "--output", "csv").stdout == b"x\r\na\xffb\r\n"
    done = script(stopped, "DELETE FROM topics\0 WHERE id = 0;".encode(), "--write", check=1)
    assert b"has a byte 0" in done.stderr
    assert answer("sql", "SELECT count(*) AS n FROM topics", "--data", stopped) == [{"n": 2}]


def test_sql_from_standard_input_and_wrong_sql(stopped):
    assert acta("sql", "--data", stopped, "--output", "csv",
                stdin=b"-- two\nSELECT 1 AS a; SELECT 2 AS b;\n").stdout == b"a\r\n1\r\nb\r\n2\r\n"
    done = acta("sql", "SELECT 1; SELEC", "--data", stopped, check=1)
    assert done.stdout.endswith(b"1\n") and b"syntax error" in done.stderr


class Terminal:
    """The shell as somebody types into it."""

    def __init__(self, path):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", PAGER="cat")
            os.execv(binary(), [binary(), "sql", "--data", str(path)])
        self.text = ""

    def expect(self, text, seconds=20):
        """Reads until `text` stands there, and forgets what is before it."""
        deadline = time.monotonic() + seconds
        while text not in self.text:
            ready, _, _ = select.select([self.descriptor], [], [], deadline - time.monotonic())
            assert ready, (text, self.text)
            self.text += os.read(self.descriptor, 4_096).decode()
        before, _, self.text = self.text.partition(text)
        return before

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def ended(self):
        """The exit code; nobody has to wait long."""
        began = time.monotonic()
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.descriptor)
        assert time.monotonic() - began < 3
        return code


def test_a_comment_in_the_shell_is_no_statement_that_goes_on(stopped):
    terminal = Terminal(stopped)
    terminal.expect("acta> ")
    terminal.type("-- nothing\n")
    terminal.expect("-- nothing\r\nacta> ")
    terminal.type("/* a\n")
    terminal.expect("   -> ")
    terminal.type(".quit */\n")
    terminal.expect("acta> ")
    terminal.type("SELECT 6 -- half\n")
    terminal.expect("   -> ")
    terminal.type("* 7 AS n;\n")
    terminal.expect("42\r\nacta> ")
    terminal.type(".quit\n")
    assert terminal.ended() == 0


@pytest.mark.parametrize("typed", ["\n", "SELECT\n", (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n;\n")])
def test_an_interrupt_ends_the_shell_at_once(stopped, typed):
    terminal = Terminal(stopped)
    terminal.expect("acta> ")
    terminal.type(typed)
    terminal.expect(typed.replace("\n", "\r\n"))
    time.sleep(0.3)  # It waits for more, or is at work.
    terminal.type("\x03")
    assert terminal.ended() == 130


def test_a_query_that_does_not_end_is_ended(served):
    began = time.monotonic()
    sentence = refused(
        "sql", "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
        "--data", served.data, "--timeout", "1")
    assert "was stopped after 1 s" in sentence
    assert time.monotonic() - began < 5


def test_who_reads_slowly_keeps_no_snapshot(served):
    process = subprocess.Popen(
        [binary(), "sql", "--data", served.data, "--output", "csv",
         "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 500000) SELECT x, key"
         " FROM n, (SELECT key FROM messages LIMIT 1)"], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"x,key\r\n"
        # It is stuck in the pipe now, with nothing of the file open.
        locks = [line.split() for line in open("/proc/locks")]
        inode = str(os.stat(f"{served.data}-shm").st_ino)
        assert not [l for l in locks if l[4] == str(process.pid) and l[5].endswith(":" + inode)
                    and int(l[6]) in range(123, 128)]
    finally:
        process.kill()
        process.wait()


# MARK: find and audit


def test_records_are_found(served, now):
    def found(*conditions):
        done = acta("find", "orders", "--data", served.data, "--output", "json", *conditions, check=None)
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert [r["offset"] for r in found("--key", "c", "--limit", "4")] == [7, 8, 9, 10]
    [failed] = found("--json", "$.status=failed")
    assert failed["value"] == '{"status": "failed", "try": 3}'
    assert found("--json", "$.try=3") == [failed] == found("--json", "$.status")
    assert found("--json", "$.try!=3") == []
    assert [r["value"] for r in found("--text", "ell")] == ["hello"]
    assert [r["value"] for r in found("--key", "t")] == ["one", "two"]
    assert [r["transactionState"] for r in found("--text", "three", "--include-uncommitted")] == ["aborted"]
    assert found("--key", "k1", "--until", str(now + 5))[0]["offset"] == 0
    assert {r["key"] for r in found("--since", "30s")} >= {"t", "bin"}
    assert found("--partition", "1") == []
    assert base64.b64decode(found("--key", "bin")[0]["value"]["base64"]) == BINARY
    line = acta("find", "orders", "--key", "k1", "--limit", "1", "--data", served.data).stdout
    assert re.fullmatch(rb"orders-0 0 \d{4}-\d\d-\d\dT[\d:.]+Z\tk1\thello\n", line)
    acta("find", "orders", "--key", "nobody", "--data", served.data, check=1)
    assert "has no topic nowhere" in refused("find", "nowhere", "--data", served.data)


def test_who_moved_a_group_is_shown(served, stopped):
    for path in (served.data, stopped):
        changes = answer("audit", "readers", "--data", path)
        assert [(c["before"], c["after"], c["rewind"]) for c in changes] == [
            (None, 5, False), (5, 9, False), (9, 2, True)]
        assert all(c["host"] == "/127.0.0.1" for c in changes)
        assert [c["after"] for c in answer("audit", "readers", "--data", path, "--rewinds")] == [2]
        [then] = answer("audit", "readers", "--data", path, "--as-of", changes[1]["time"])
        assert then["after"] == 9
        assert answer("audit", "readers", "--data", path, "--as-of", "1d") == []
        table = acta("audit", "readers", "--data", path).stdout.decode().splitlines()
        assert table[0].split()[:5] == ["TIME", "TOPIC", "PARTITION", "BEFORE", "AFTER"]
        assert "-7 REWIND" in table[3]
    assert "knows no group nobody" in refused("audit", "nobody", "--data", stopped)


# MARK: doctor


def test_a_doctor_sees_file_configuration_and_broker(served, stopped, tmp_path):
    def levels(*arguments, check=0):
        return {(a["subject"], a["level"]): a["sentence"] for a in answer("doctor", *arguments, check=check)}

    running = levels(served.data)
    assert str(served.pid) in running["broker", "ok"]
    assert "No broker" in levels(stopped)["broker", "note"]
    told = levels("--bootstrap-server", served.bootstrap)
    assert f"connect to 127.0.0.1:{served.port}" in told["advertised address", "ok"]
    assert "Produce 0 to 13, Fetch 4 to 18" in told["API versions", "ok"]
    assert "PushTelemetry" in told["API versions", "ok"].split("; not of ")[1]
    config = tmp_path / "server.properties"
    config.write_text("listeners=PLAINTEXT://0.0.0.0:9092\nadvertised.listeners=PLAINTEXT://localhost:9092\n")
    assert "set advertised.listeners" in levels("--config", config, check=1)["listener PLAINTEXT", "problem"]
    nobody = levels("--bootstrap-server", "127.0.0.1:1", check=1)
    assert "127.0.0.1:1: Connection refused" in nobody["broker", "problem"]
    os.link(stopped, tmp_path / "another-name.db")
    assert ("links", "problem") in levels(stopped, check=1)


# MARK: Bad input


TOOLS = [("dump-log", "--files"), ("check",), ("sql", "SELECT 1", "--data"),
         ("find", "orders", "--data"), ("audit", "readers", "--data")]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool[0])
def test_a_file_that_is_none_of_ours_is_told_in_a_sentence(tool, tmp_path, stopped):
    missing, text, other = tmp_path / "missing.db", tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("no database\n" * 100)
    with sqlite3.connect(other) as connection:
        connection.execute("create table t(x)")
    connection.close()
    assert "No such file or directory" in refused(*tool, missing)
    assert "Is a directory" in refused(*tool, tmp_path)
    assert "is not an SQLite database" in refused(*tool, text)
    assert "was made by another program" in refused(*tool, other)
    assert not missing.exists()
    with sqlite3.connect(stopped) as connection:
        connection.execute("delete from schema_migrations where version > 8")
    connection.close()
    assert "has schema version 8, and this program reads version" in refused(*tool, stopped)


def test_a_locked_file_is_told_in_a_sentence(stopped):
    holder = sqlite3.connect(stopped, isolation_level=None)
    holder.execute("pragma locking_mode = exclusive")
    holder.execute("begin exclusive")
    try:
        assert "is locked by another process" in refused("check", stopped)
    finally:
        holder.close()


def test_a_partition_that_is_not_there_is_told(served):
    assert "has no partition orders-9: there are compacted-0, orders-0, orders-1." in (
        acta("dump-log", "--files", f"{served.data}/orders-9", check=1).stderr.decode())


def test_a_broken_pipe_is_silent(served):
    done = subprocess.run(
        f"{binary()} dump-log --files {served.data}/orders-0 --print-data-log | head -1; echo ${{PIPESTATUS[0]}} >&2",
        shell=True, executable="/bin/bash", capture_output=True, check=True)
    assert done.stdout == f"Dumping {served.data}/orders-0\n".encode()
    assert done.stderr in (b"0\n", b"141\n")
