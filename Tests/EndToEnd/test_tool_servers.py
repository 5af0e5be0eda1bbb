"""A tutorial's beginning and end: the storage is formatted, a broker is started with a file, and stopped."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest
from confluent_kafka import Producer

from broker import READY, REPOSITORY, START_SECONDS, STOP_SECONDS, binary, free_port
from kafka_tools import ActaTools

CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg"
RUNNING = "Transitioning from RECOVERY to RUNNING"


class Server:
    """What server.properties names; its node.id is no other server's on this machine."""

    def __init__(self, directory):
        self.directory = directory
        self.port = free_port()
        self.node = random.randrange(1_000_000, 2_000_000_000)
        self.file = directory / "server.properties"
        self.file.write_text(
            f"process.roles=broker,controller\nnode.id={self.node}\n"
            f"controller.quorum.voters={self.node}@127.0.0.1:{self.port + 1}\n"
            f"listeners=PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.port + 1}\n"
            f"controller.listener.names=CONTROLLER\nlog.dirs={directory}/logs\n")
        self.tools = ActaTools()

    def stop(self):
        return self.tools.call("kafka-server-stop", [f"--node-id={self.node}"])

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    yield made
    made.stop()


def wait_for(file, text):
    deadline = time.monotonic() + START_SECONDS
    while not (file.exists() and text in file.read_text()):
        assert time.monotonic() < deadline, f"no '{text}' in {file}"
        time.sleep(0.01)


def wait_until_none(server):
    deadline = time.monotonic() + STOP_SECONDS
    while server.stop().code == 0:
        assert time.monotonic() < deadline, "the server is still there"
        time.sleep(0.05)


def started(server, words, **options):
    return subprocess.Popen(
        [REPOSITORY / "tools/kafka-server-start.sh", *words], stdin=subprocess.DEVNULL,
        env={**os.environ, "ACTA": binary()}, cwd=server.directory, **options)


def test_a_tutorial(server):
    formatted = server.tools.call(
        "kafka-storage.sh", ["format", "-t", CLUSTER, "-c", str(server.file)])
    assert formatted.code == 0
    out = server.directory / "out"
    with open(out, "wb") as file:
        process = started(server, ["server.properties", "--override", "num.partitions=3"],
                          stdout=file, stderr=file)
    wait_for(out, READY)
    assert RUNNING in out.read_text()
    told = server.tools.call(
        "kafka-cluster", ["cluster-id", "--bootstrap-server", server.bootstrap])
    assert told.out == f"Cluster ID: {CLUSTER}\n"
    at = ["--bootstrap-server", server.bootstrap, "--topic", "t"]
    server.tools.call("kafka-topics", [*at, "--create"])
    assert "PartitionCount: 3" in server.tools.call("kafka-topics", [*at, "--describe"]).out
    stopped = server.stop()
    assert (stopped.code, stopped.out, stopped.err) == (0, "", "")
    assert process.wait(STOP_SECONDS) == 0
    with contextlib.closing(sqlite3.connect(server.directory / "logs/acta.db")) as database:
        [[cluster]] = database.execute("SELECT value FROM cluster WHERE key = 'cluster_id'")
    assert cluster == CLUSTER


def test_a_server_in_the_background(server):
    started(server, ["-daemon", str(server.file)]).wait(START_SECONDS)
    wait_for(server.directory / "logs/kafkaServer.out", READY)
    assert server.stop().code == 0
    wait_until_none(server)


def test_no_server_to_stop(server):
    stopped = server.stop()
    assert (stopped.code, stopped.out) == (1, "No kafka server to stop\n")


def test_an_interrupted_server_ends_like_acta_serve(server):
    out = server.directory / "out"
    with open(out, "wb") as file:
        process = started(server, [str(server.file)], stdout=file, stderr=file)
    wait_for(out, READY)
    process.send_signal(signal.SIGINT)
    assert process.wait(STOP_SECONDS) == 0


def test_words_of_the_server_that_are_refused(server):
    tools = server.tools
    usage = "USAGE: kafka-server-start [-daemon] server.properties [--override property=value]*\n"
    # Kafka's script says it on standard output, and has no options to list.
    for words in ([], ["-daemon"], ["--override", "a=b"]):
        nothing = tools.call("kafka-server-start.sh", words)
        assert (nothing.code, nothing.out, nothing.err) == (1, usage, "")
    assert tools.call("kafka-server-start", [str(server.file), "--version"]).out == "4.4.0\n"
    extra = tools.call("kafka-server-start", [str(server.file), "a", "b"])
    assert (extra.code, extra.err) == (1, "Found non argument parameters: a,b\n")
    missing = tools.call("kafka-server-start", ["/nosuch/file"])
    assert missing.code == 1
    assert "/nosuch/file" in missing.out + missing.err


def test_an_open_transaction_is_seen_and_aborted(own_broker, tmp_path):
    broker = own_broker()
    tools = ActaTools()

    def transactions(*words):
        ended = tools.call("kafka-transactions", ["--bootstrap-server", broker.bootstrap, *words])
        assert ended.code == 0, ended
        return [line.split("\t")[:-1] for line in ended.out.splitlines()[1:]]

    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "etl-1",
                         "transaction.timeout.ms": 600_000})
    producer.init_transactions()
    producer.begin_transaction()
    for value in ("a", "b"):
        producer.produce("t", value, partition=0)
    producer.flush()
    [[name, coordinator, identity, state]] = transactions("list")
    assert (name.strip(), coordinator.strip(), state.strip()) == ("etl-1", "1", "Ongoing")
    assert transactions("list", "--duration-filter", "500000") == []
    [described] = transactions("describe", "--transactional-id", "etl-1")
    assert [cell.strip() for cell in described[:6]] == [
        "1", "etl-1", identity.strip(), "0", "Ongoing", "600000"]
    assert described[8].strip() == "t-0"
    [active] = transactions("describe-producers", "--topic", "t", "--partition", "0")
    assert [active[0].strip(), active[3].strip(), active[5].strip()] == [identity.strip(), "1", "0"]
    # Its coordinator knows of it, so it does not hang.
    assert transactions("find-hanging", "--topic", "t", "--max-transaction-timeout", "0") == []
    transactions("abort", "--topic", "t", "--partition", "0", "--start-offset", "0")
    [active] = transactions("describe-producers", "--topic", "t", "--partition", "0")
    assert active[5].strip() == "None"
    transactions("forceTerminateTransaction", "--transactionalId", "etl-1")
    [listed] = transactions("list")
    assert listed[3].strip() != "Ongoing"
