"""Starting, stopping and starting again."""

import os
import signal
import socket
import subprocess
import time

import confluent_kafka
import pytest

from broker import Broker, BrokerFailed, binary, free_port
from clients import (
    CLIENTS, TIMEOUT_SECONDS, Confluent, Record, cluster_of, create_topic, kcat, retrying, texts,
)
from wire import Connection, fetch_request

PARTITIONS = 3


def test_everything_is_there_after_a_restart_and_offsets_continue(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "kept", PARTITIONS, retention_ms=86_400_000)
    records = [
        Record(b"k%d" % n, b"v%d" % n, (("h", b"%d" % n),), 1_700_000_000_000 + n, n % PARTITIONS)
        for n in range(900)
    ]
    Confluent.produce(broker.bootstrap, "kept", records)
    cluster = cluster_of(broker.bootstrap)
    hot = Confluent.consume(broker.bootstrap, "kept", 900, range(PARTITIONS))

    broker.restart()

    again = cluster_of(broker.bootstrap)
    assert again.cluster_id == cluster.cluster_id
    assert again.brokers.keys() == cluster.brokers.keys()
    for reader in CLIENTS:
        assert reader.consume(broker.bootstrap, "kept", 900, range(PARTITIONS)) == hot, reader.name
    for client in CLIENTS:
        sent = client.produce(broker.bootstrap, "kept", [Record(b"k", client.name.encode())])
        assert sent[0].offset == 300 + CLIENTS.index(client)


def test_a_consumer_goes_on_where_it_was_after_a_restart(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "followed")
    consumer = Confluent.consumer(broker.bootstrap)
    consumer.assign([confluent_kafka.TopicPartition("followed", 0, 0)])
    found = []

    def read_until(count):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while len(found) < count and time.monotonic() < deadline:
            found.extend(m.value() for m in consumer.consume(1_000, 0.1) if not m.error())
        assert len(found) == count

    for turn in range(3):
        Confluent.produce(broker.bootstrap, "followed", texts(100, f"turn-{turn}"))
        read_until(100 * (turn + 1))
        broker.restart()
    consumer.close()
    assert found == [f"turn-{turn}-{n}".encode() for turn in range(3) for n in range(100)]


def test_sigterm_ends_the_broker_with_code_0_while_consumers_wait(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "waited-for")
    with Connection(broker.port) as waiting, Connection(broker.port):
        waiting.send(fetch_request("waited-for", 0, max_wait=30_000))
        time.sleep(0.2)
        assert broker.stop(signal.SIGTERM) == 0


def test_sigint_ends_the_broker_with_code_0(own_broker):
    broker = own_broker()
    Confluent.produce(broker.bootstrap, "kept", texts(10))
    assert broker.stop(signal.SIGINT) == 0
    broker.start()
    assert len(Confluent.consume(broker.bootstrap, "kept", 10)) == 10


def test_a_second_signal_ends_the_broker_too_and_nothing_is_lost(own_broker):
    broker = own_broker()
    Confluent.produce(broker.bootstrap, "kept", texts(100))
    with Connection(broker.port) as waiting:
        waiting.send(fetch_request("kept", 100, max_wait=30_000))
        broker.process.send_signal(signal.SIGTERM)
        broker.stop(signal.SIGTERM)
    broker.start()
    assert len(Confluent.consume(broker.bootstrap, "kept", 100)) == 100


def test_a_stopped_broker_leaves_one_file_that_the_shell_reads(own_broker):
    broker = own_broker()
    Confluent.produce(broker.bootstrap, "kept", texts(100))
    broker.stop()
    assert not broker.data.with_name("acta.db-wal").exists()
    shell = subprocess.run(
        ["sqlite3", "-readonly", str(broker.data), "select count(*) from messages"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert shell.stdout.strip() == "100"


def test_a_second_broker_on_the_same_file_is_refused_with_the_pid_of_the_first(own_broker):
    first = own_broker()
    second = Broker(first.directory)
    began = time.monotonic()
    refused = subprocess.run(
        second.command(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10,
        check=False)
    assert time.monotonic() - began < 2
    assert refused.returncode != 0
    assert str(first.pid) in refused.stdout + refused.stderr
    Confluent.produce(first.bootstrap, "undisturbed", texts(10))


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_no_file_takes_the_place_of_a_stream_that_is_closed(closed, tmp_path):
    """The log would be written into it."""
    lock = tmp_path / "acta.db.lock"
    address = ("127.0.0.1", free_port())
    process = subprocess.Popen(
        ["bash", "-c", f'exec "$0" serve --data "$1" --listeners "PLAINTEXT://127.0.0.1:$2" {closed}',
         binary(), str(tmp_path / "acta.db"), str(address[1])],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE)

    def listens():
        with socket.socket() as connection:
            return connection.connect_ex(address) == 0

    try:
        assert retrying(20, listens)
        streams = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)]
        assert all(name == "/dev/null" or name.startswith("pipe:") for name in streams), streams
        assert lock.read_text().splitlines()[:1] == [str(process.pid)]
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_a_second_broker_by_a_symbolic_link_is_refused(own_broker, tmp_path):
    first = own_broker()
    link = tmp_path / "elsewhere" / "acta.db"
    link.parent.mkdir()
    link.symlink_to(first.data)
    refused = subprocess.run(
        Broker(link.parent).command(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=10, check=False)
    assert refused.returncode != 0


def test_a_broker_starts_after_the_one_before_was_killed(own_broker):
    broker = own_broker()
    Confluent.produce(broker.bootstrap, "kept", texts(10))
    broker.kill9()
    broker.start()
    assert len(Confluent.consume(broker.bootstrap, "kept", 10)) == 10


def test_port_0_picks_a_free_port_and_says_which(own_broker):
    broker = own_broker(start=False)
    broker.port = 0
    broker.start()
    broker.port = broker.bound_port()
    Confluent.produce(broker.bootstrap, "found", texts(1))
    assert broker.bootstrap in kcat(broker.bootstrap, "-L")


def test_a_port_in_use_is_refused_with_its_number(own_broker):
    broker = own_broker(start=False)
    with socket.create_server(("127.0.0.1", broker.port)):
        with pytest.raises(BrokerFailed) as failure:
            broker.start()
    assert str(broker.port) in str(failure.value)


def test_an_unknown_override_is_named(own_broker):
    broker = own_broker("no.such.setting=1", start=False)
    broker.directory.mkdir(parents=True)
    try:
        broker.start()
    except BrokerFailed:
        pass
    assert "no.such.setting" in broker.log()


def test_a_bad_override_is_refused_by_name(own_broker):
    broker = own_broker("num.partitions=many", start=False)
    with pytest.raises(BrokerFailed) as failure:
        broker.start()
    assert "num.partitions" in str(failure.value)


def test_server_properties_are_read_and_overrides_win(own_broker):
    broker = own_broker("num.partitions=6", start=False)
    broker.directory.mkdir(parents=True)
    file = broker.directory / "server.properties"
    file.write_text("# a comment\nnum.partitions=2\nauto.create.topics.enable=false\n")
    command = broker.command
    broker.command = lambda: [*command(), "--config", str(file)]
    broker.start()
    name = create_topic(broker.bootstrap, "by-default", -1)
    found = cluster_of(broker.bootstrap, name).topics[name]
    assert len(found.partitions) == 6
