"""Disks that are full, files that are taken away, logs that are damaged, databases of others, clocks that are set."""

import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import time

import confluent_kafka
import pytest

from broker import BrokerFailed
from clients import TIMEOUT_SECONDS, Confluent, ask_admin, create_topic, retrying, texts
from history import events_of
from wire import Connection, batch

STORAGE_ERROR = 56
STORAGE_FAILURE_EXIT = 74
#: One batch that many requests are made of: its checksum is worked out once. Its time is of today, or
#: retention would have it deleted at once.
STAMP = int(time.time() * 1_000)
LARGE = batch([os.urandom(300_000)], timestamp=STAMP)


def ended(broker, seconds):
    """The exit code of a broker that ends by itself."""
    try:
        return broker.process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"the broker goes on\n{broker.log()}") from None


class TestFullDisk:
    RESERVE = 8 << 20
    SIZE_MIB = 96

    @pytest.fixture
    def disk(self, tmp_path):
        """A small filesystem of its own, which it needs some rights to make."""
        directory = tmp_path / "disk"
        directory.mkdir()
        mount = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self.SIZE_MIB}m", "tmpfs", str(directory)],
            capture_output=True, text=True, check=False)
        if mount.returncode != 0:
            pytest.skip(f"no filesystem of its own for the test: {mount.stderr.strip()}")
        yield directory
        subprocess.run(["umount", "-l", str(directory)], check=True)

    @pytest.fixture
    def full(self, own_broker, disk):
        """A broker on that disk; what it prints goes elsewhere, as a service's does."""
        broker = own_broker(
            f"acta.disk.reserve.bytes={self.RESERVE}", "log.retention.check.interval.ms=1000",
            start=False)
        broker.data = disk / "acta.db"
        return broker.start()

    @staticmethod
    def fill(broker, topic):
        """Produces until the disk is full and stays so; how many batches there was room for.

        What the log held is moved into the database when there is no room for more of it, which makes
        some room once or twice.
        """
        taken, refused_since = 0, None
        with Connection(broker.port) as connection:
            while refused_since is None or time.monotonic() - refused_since < 3:
                error, _ = connection.produce(topic, LARGE)
                if error == 0:
                    taken, refused_since = taken + 1, None
                    assert taken < 2_000, "the disk has no end"
                else:
                    assert error == STORAGE_ERROR
                    refused_since = refused_since or time.monotonic()
                    time.sleep(0.1)
        return taken

    @staticmethod
    def takes_records(broker, topic):
        with Connection(broker.port) as connection:
            return connection.produce(topic, LARGE)[0] == 0

    @staticmethod
    def eat(disk):
        """What another program does that fills the disk."""
        eater = disk / "eater"
        with open(eater, "wb", buffering=0) as file:
            size = 1 << 20
            while size:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2
        return eater

    def assert_it_heals(self, broker, topic):
        assert retrying(15, lambda: self.takes_records(broker, topic)), broker.log()
        reserve = broker.data.with_name("acta.db.reserve")
        assert retrying(5, lambda: reserve.stat().st_size == self.RESERVE)

    def test_deleting_records_makes_room(self, full):
        create_topic(full.bootstrap, "big")
        count = self.fill(full, "big")
        assert count > 50
        assert not self.takes_records(full, "big")
        ask_admin(
            full.bootstrap, "delete_records",
            [confluent_kafka.TopicPartition("big", 0, count * 2 // 3)])
        self.assert_it_heals(full, "big")
        assert full.stop() == 0

    def test_deleting_a_topic_makes_room_again_and_again(self, full):
        for turn in range(3):
            create_topic(full.bootstrap, f"big-{turn}")
            assert self.fill(full, f"big-{turn}") > 50
            ask_admin(full.bootstrap, "delete_topics", [f"big-{turn}"])

            def can_create():
                try:
                    return create_topic(full.bootstrap, f"next-{turn}")
                except confluent_kafka.KafkaException:
                    return None

            assert retrying(15, can_create)
            self.assert_it_heals(full, f"next-{turn}")
        assert full.stop() == 0

    def test_retention_makes_room(self, full):
        # Old enough a few seconds from now.
        age = int(time.time() * 1_000) - STAMP + 8_000
        create_topic(full.bootstrap, "short-lived", retention_ms=age)
        with Connection(full.port) as connection:
            while connection.produce("short-lived", LARGE)[0] == 0:
                pass
        self.assert_it_heals(full, "short-lived")

    @pytest.mark.parametrize("how", ["stop", "kill"])
    def test_a_start_on_the_full_disk_works(self, full, how):
        create_topic(full.bootstrap, "big")
        count = self.fill(full, "big")
        for _ in range(3):
            if how == "stop":
                assert full.stop() == 0
            else:
                full.kill9()
            full.start()
            # An end in order has emptied the log.
            count += self.fill(full, "big")
            assert len(Confluent.consume(full.bootstrap, "big", count)) == count
        ask_admin(full.bootstrap, "delete_topics", ["big"])

        def can_create():
            try:
                return create_topic(full.bootstrap, "next")
            except confluent_kafka.KafkaException:
                return None

        assert retrying(15, can_create), full.log()
        self.assert_it_heals(full, "next")

    def test_groups_go_on(self, full, tmp_path):
        create_topic(full.bootstrap, "read", 2)
        create_topic(full.bootstrap, "big")
        Confluent.produce(full.bootstrap, "read", texts(10))
        members = [
            Confluent.consumer(full.bootstrap, **{
                "group.id": "g", "session.timeout.ms": 6_000, "heartbeat.interval.ms": 1_000,
                "auto.offset.reset": "earliest"}) for _ in range(2)]
        for consumer in members:
            consumer.subscribe(["read"])

        def shared_out():
            for consumer in members:
                consumer.poll(0.05)
            return all(len(consumer.assignment()) == 1 for consumer in members)

        assert retrying(TIMEOUT_SECONDS, shared_out)
        self.fill(full, "big")
        before = len(events_of(full, "g"))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert not self.takes_records(full, "big")
            for consumer in members:
                consumer.poll(0.2)
            with pytest.raises(confluent_kafka.KafkaException):
                members[0].commit(
                    offsets=[confluent_kafka.TopicPartition("read", 0, 1)], asynchronous=False)
        assert shared_out()
        assert events_of(full, "g")[before:] == []
        # Who comes is let in, which is written, too.
        members[1].close()
        assert retrying(TIMEOUT_SECONDS, lambda: (
            members[0].poll(0.1), len(members[0].assignment()) == 2)[1])
        ask_admin(full.bootstrap, "delete_topics", ["big"])
        assert retrying(15, lambda: self.takes_records(full, "read"))
        members[0].commit(
            offsets=[confluent_kafka.TopicPartition("read", 0, 1)], asynchronous=False)
        members[0].close()

    def test_another_program_fills_the_disk_and_makes_room(self, full, disk):
        create_topic(full.bootstrap, "t")
        assert self.takes_records(full, "t")
        eater = self.eat(disk)
        self.fill(full, "t")
        eater_grows = self.eat(disk)  # also what the broker has given back
        assert full.stop() == 0, full.log()
        full.start()
        self.fill(full, "t")
        eater.unlink()
        if eater_grows.exists():
            eater_grows.unlink()
        self.assert_it_heals(full, "t")
        assert re.search(r"disk is full", full.printed_since(0))
        assert full.stop() == 0

    def test_the_reserve_is_no_data_and_0_keeps_none(self, own_broker):
        broker = own_broker("acta.disk.reserve.bytes=2097152")
        reserve = broker.data.with_name("acta.db.reserve")
        assert reserve.stat().st_blocks * 512 >= 2 << 20
        assert broker.stop() == 0
        assert reserve.stat().st_size == 2 << 20
        broker.overrides.append("acta.disk.reserve.bytes=0")
        broker.start()
        assert not reserve.exists()


class TestLostFiles:
    @staticmethod
    def remove(path):
        path.unlink()

    @staticmethod
    def move(path):
        path.rename(path.with_name("moved"))

    @staticmethod
    def replace(path):
        copy = path.with_name("copy")
        shutil.copy(path, copy)
        copy.rename(path)

    @staticmethod
    def cut(path):
        os.truncate(path, 0)

    @pytest.mark.parametrize("suffix, blow", [
        (suffix, blow) for suffix in ["", "-wal", "-shm"] for blow in ["remove", "move", "replace"]
    ] + [("", "cut"), ("-wal", "cut")])
    def test_an_idle_broker_notices_within_about_a_second(self, own_broker, suffix, blow):
        broker = own_broker()
        Confluent.produce(broker.bootstrap, "t", texts(10))
        path = pathlib.Path(f"{broker.data}{suffix}")
        getattr(self, blow)(path)
        began = time.monotonic()
        assert ended(broker, 5) == STORAGE_FAILURE_EXIT
        assert time.monotonic() - began < 1.5
        assert f"{path} was" in broker.log()

    @pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
    @pytest.mark.parametrize("acks", [1, -1])
    def test_nothing_is_acknowledged_after_a_file_is_gone(self, own_broker, suffix, acks):
        broker = own_broker()
        create_topic(broker.bootstrap, "t")
        with Connection(broker.port) as connection:
            assert connection.produce("t", batch([b"kept"]), acks=acks) == (0, 0)
            pathlib.Path(f"{broker.data}{suffix}").unlink()
            try:
                error, _ = connection.produce("t", batch([b"lost"]), acks=acks)
            except (AssertionError, ConnectionError, BrokenPipeError):
                error = None  # the connection was closed in place of an answer
        assert error != 0
        assert ended(broker, 5) == STORAGE_FAILURE_EXIT

    @pytest.mark.parametrize("blow", ["remove", "move", "replace"])
    def test_what_was_acknowledged_survives_the_loss_of_the_log(self, own_broker, blow):
        broker = own_broker()
        Confluent.produce(broker.bootstrap, "t", texts(100))
        path = pathlib.Path(f"{broker.data}-wal")
        getattr(self, blow)(path)
        assert ended(broker, 5) == STORAGE_FAILURE_EXIT
        for suffix in ["-wal", "-shm"]:
            pathlib.Path(f"{broker.data}{suffix}").unlink(missing_ok=True)
        broker.start()
        assert len(Confluent.consume(broker.bootstrap, "t", 100)) == 100

    def test_checkpoints_and_vacuums_of_others_are_no_loss(self, own_broker):
        broker = own_broker()
        for _ in range(4):
            Confluent.produce(broker.bootstrap, "t", texts(2_000))
            with sqlite3.connect(broker.data, timeout=5, isolation_level=None) as other:
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                other.execute("PRAGMA incremental_vacuum").fetchall()
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            time.sleep(1.2)
        assert broker.is_running(), broker.log()
        assert broker.stop() == 0


class TestDamagedLog:
    @staticmethod
    def killed(own_broker, count=60):
        broker = own_broker()
        create_topic(broker.bootstrap, "t")
        with Connection(broker.port) as connection:
            for number in range(count):
                assert connection.produce("t", batch([b"value %d" % number])) == (0, number)
        broker.kill9()
        return broker, pathlib.Path(f"{broker.data}-wal")

    @staticmethod
    def errors(broker):
        return [line for line in broker.log().splitlines() if '"level":"ERROR"' in line]

    @pytest.mark.parametrize("place", [0.3, 0.6, 0.9])
    def test_a_flipped_bit_is_told_and_the_log_is_kept(self, own_broker, place):
        broker, log = self.killed(own_broker)
        data = bytearray(log.read_bytes())
        frame = 24 + 16_384
        used = (len(data) - 32) // frame
        data[32 + int(used * place) * frame + 5_000] ^= 1
        log.write_bytes(data)
        broker.start()
        [error] = self.errors(broker)
        assert str(log) in error and "damaged" in error
        lost = int(re.search(r"(\d+) transactions in (\d+) frames", error).group(1))
        with Connection(broker.port) as connection:
            _, left = connection.produce("t", batch([b"next"]))
        assert 60 - left <= lost
        [kept] = log.parent.glob("acta.db-wal.damaged-*")
        assert kept.read_bytes() == data
        assert broker.stop() == 0
        broker.start()
        assert len(self.errors(broker)) == 1

    def test_a_kill_and_a_cut_tail_are_not_told(self, own_broker):
        broker, log = self.killed(own_broker)
        broker.start()
        assert self.errors(broker) == []
        with Connection(broker.port) as connection:
            for _ in range(5):
                connection.produce("t", batch([b"more"]))
        broker.kill9()
        os.truncate(log, log.stat().st_size - 5_000)
        broker.start()
        assert self.errors(broker) == []
        assert list(log.parent.glob("*damaged*")) == []


class TestForeignDatabases:
    @staticmethod
    def make(path, sql):
        path.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(path, isolation_level=None) as other:
            other.executescript(f"PRAGMA page_size=16384; PRAGMA auto_vacuum=INCREMENTAL; {sql}")
        other.close()

    @pytest.mark.parametrize("sql, named", [
        ("PRAGMA application_id=1196444487; CREATE TABLE features(a)", "0x47504b47"),
        ("CREATE TABLE notes(a); INSERT INTO notes VALUES (1)", "notes"),
        ("PRAGMA journal_mode=WAL; CREATE TABLE notes(a); INSERT INTO notes VALUES (1)", "notes"),
    ])
    def test_another_applications_database_is_refused_and_left_alone(
            self, own_broker, sql, named):
        broker = own_broker(start=False)
        self.make(broker.data, sql)
        before = broker.data.read_bytes()
        with pytest.raises(BrokerFailed) as failure:
            broker.start()
        assert named in str(failure.value) and str(broker.data) in str(failure.value)
        assert broker.data.read_bytes() == before

    def test_an_empty_file_becomes_ours(self, own_broker):
        broker = own_broker(start=False)
        broker.data.parent.mkdir(parents=True)
        broker.data.touch()
        broker.start()
        assert broker.scalar("PRAGMA application_id") == 0x41637461


class TestImpossibleValues:
    """What no broker could have written is refused by a sentence that names table, row and value."""

    @pytest.mark.parametrize("sql, words", [
        ("UPDATE cluster SET value = '2147483647' WHERE key = 'leader_epoch'",
         ["cluster", "leader_epoch", "2147483647"]),
        ("UPDATE cluster SET value = 'abc' WHERE key = 'leader_epoch'",
         ["cluster", "leader_epoch", "abc"]),
        ("UPDATE cluster SET value = 'abc' WHERE key = 'next_producer_id'",
         ["cluster", "next_producer_id", "abc"]),
        ("UPDATE stored_partitions SET leader_epoch = 2147483647",
         ["stored_partitions", "leader_epoch", "2147483647"]),
        ("UPDATE stored_partitions SET next_offset = 9223372036854775807",
         ["stored_partitions", "next_offset", "9223372036854775807"]),
        ("UPDATE stored_partitions SET next_offset = -1", ["stored_partitions", "next_offset", "-1"]),
        ("UPDATE stored_partitions SET number = 7", ["partitions", "number", "7"]),
        ("UPDATE topics SET uuid = x'0102'", ["topics", "uuid", "0102"]),
        ("UPDATE topics SET name = 'no good'", ["topics", "name", "no good"]),
        ("UPDATE consumer_groups SET generation = 3000000000",
         ["consumer_groups", "generation", "3000000000"]),
        ("UPDATE consumer_groups SET state = 'Happy'", ["consumer_groups", "state", "Happy"]),
    ])
    def test_at_the_start(self, own_broker, sql, words):
        broker = own_broker()
        Confluent.produce(broker.bootstrap, "t", texts(10), idempotence=True)
        consumer = Confluent.consumer(broker.bootstrap, **{"group.id": "g"})
        consumer.commit(
            offsets=[confluent_kafka.TopicPartition("t", 0, 3)], asynchronous=False)
        consumer.close()
        assert broker.stop() == 0
        with sqlite3.connect(broker.data) as other:
            assert other.execute(sql).rowcount == 1
        other.close()
        with pytest.raises(BrokerFailed) as failure:
            broker.start()
        said = [line for line in str(failure.value).splitlines() if "cannot be read" in line]
        assert said, str(failure.value)
        for word in words:
            assert word in said[-1]

    def test_a_type_that_the_table_does_not_allow(self, own_broker):
        """STRICT keeps it out, unless somebody has made the table anew."""
        broker = own_broker()
        Confluent.produce(broker.bootstrap, "t", texts(10))
        assert broker.stop() == 0
        with sqlite3.connect(broker.data, isolation_level=None) as other:
            other.execute("PRAGMA writable_schema = ON")
            other.execute(
                "UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')')"
                " WHERE name = 'stored_partitions'")
            other.execute("PRAGMA writable_schema = RESET")
        other.close()
        with sqlite3.connect(broker.data, isolation_level=None) as other:
            other.execute("UPDATE stored_partitions SET next_offset = 'abc'")
        other.close()
        with pytest.raises(BrokerFailed) as failure:
            broker.start()
        assert "next_offset is 'abc'" in str(failure.value)

    def test_read_later_it_costs_that_request_and_is_told_once(self, own_broker):
        broker = own_broker()
        for topic in ["hurt", "well"]:
            Confluent.produce(broker.bootstrap, topic, texts(10))
        consumer = Confluent.consumer(broker.bootstrap, **{"group.id": "g"})
        consumer.commit(
            offsets=[confluent_kafka.TopicPartition("hurt", 0, 3)], asynchronous=False)
        broker.stop()
        with sqlite3.connect(broker.data) as other:
            other.execute("UPDATE committed_offsets SET leader_epoch = 1 << 40")
        other.close()
        broker.start()
        for _ in range(3):
            with pytest.raises(confluent_kafka.KafkaException):
                consumer.committed([confluent_kafka.TopicPartition("hurt", 0)], timeout=3)
        consumer.close()
        assert Confluent.produce(broker.bootstrap, "well", texts(1))
        errors = [line for line in broker.log().splitlines() if '"level":"ERROR"' in line]
        assert len(errors) == 1, broker.log()
        assert "committed_offsets" in errors[0] and str(1 << 40) in errors[0]


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* The wall clock is set forward until the file that CLOCK_SET_BACK names is there. */
int clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*real)(clockid_t, struct timespec *);
  struct stat status;
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int code = real(clock, time);
  if (clock == CLOCK_REALTIME && stat(getenv("CLOCK_SET_BACK"), &status) != 0)
    time->tv_sec += 3 * 3600;
  return code;
}
"""


def test_a_step_back_of_the_clock_holds_nothing_up(own_broker, tmp_path, monkeypatch):
    """Whoever waits for a time of the wall clock would now wait for three hours."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no compiler to make a clock with")
    (tmp_path / "clock.c").write_text(CLOCK)
    library = tmp_path / "clock.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", str(library), str(tmp_path / "clock.c"), "-ldl"],
        check=True)
    set_back = tmp_path / "set-back"
    monkeypatch.setenv("CLOCK_SET_BACK", str(set_back))
    monkeypatch.setenv("LD_PRELOAD", str(library))
    broker = own_broker("log.retention.check.interval.ms=500")
    monkeypatch.delenv("LD_PRELOAD")
    create_topic(broker.bootstrap, "t", retention_bytes=0)
    Confluent.produce(broker.bootstrap, "t", texts(10))
    starts = "SELECT log_start_offset FROM partitions"
    assert retrying(10, lambda: broker.scalar(starts) > 0), "retention does not work at all"
    set_back.touch()
    Confluent.produce(broker.bootstrap, "t", texts(10))
    # The first look distrusts the clock, the one after it does not.
    assert retrying(10, lambda: broker.scalar(starts) == 20), broker.log()
    assert "clock jumped" in broker.log()
    # Everything else that waits: groups, fetches, a stop.
    consumer = Confluent.consumer(
        broker.bootstrap, **{"group.id": "g", "auto.offset.reset": "latest"})
    consumer.subscribe(["t"])
    assert retrying(TIMEOUT_SECONDS, lambda: (consumer.poll(0.1), consumer.assignment())[1])
    consumer.close()
    assert broker.stop() == 0
