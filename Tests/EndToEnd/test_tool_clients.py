"""The tools are Kafka clients: they work with librdkafka's mock cluster. And somebody sits at a terminal."""

import shutil
import subprocess
import time
import uuid

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from broker import binary
from console_tools import call


@pytest.fixture
def mock():
    """The address of a mock cluster, which is there for as long as its client."""
    client = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored"})
    [broker] = client.list_topics(timeout=10).brokers.values()
    yield f"{broker.host}:{broker.port}"
    del client


def test_lines_go_through_a_mock_cluster(mock):
    text = b"".join(b"k%d:v%d\n" % (n, n) for n in range(1_000))
    keys = ["parse.key=true", "key.separator=:"]
    made = call("acta", "console-producer", "--bootstrap-server", mock, "--topic", "t",
                *(word for one in keys for word in ("--reader-property", one)), text=text)
    assert (made.code, made.err) == (0, b"")
    # It says that it speaks JoinGroup version 6, and takes it for an older one: no groups.
    shown = [line for partition in range(4) for line in call(
        "acta", "console-consumer", "--bootstrap-server", mock, "--topic", "t", "--partition",
        str(partition), "--from-beginning", "--timeout-ms", "500", "--formatter-property",
        "print.key=true", "--formatter-property", "key.separator=:").out.splitlines()]
    assert sorted(shown) == sorted(text.splitlines())


def test_performance_of_a_mock_cluster(mock):
    made = call("acta", "producer-perf-test", "--bootstrap-server", mock, "--topic", "p", "--num-records",
                "5000", "--record-size", "100", "--throughput", "-1", "--command-property",
                "enable.idempotence=false")
    assert made.code == 0 and made.out.startswith(b"5000 records sent, ")


class Terminal:
    """A terminal under tmux: what is typed, and what is seen."""

    def __init__(self, command, **environment):
        self.name = f"acta-{uuid.uuid4()}"
        self.socket = ["tmux", "-L", self.name, "-f", "/dev/null"]
        variables = [word for pair in environment.items() for word in ("-e", "=".join(pair))]
        subprocess.run([*self.socket, "new-session", "-d", "-x", "120", "-y", "30", *variables, command,
                        ";", "set", "remain-on-exit", "on"], check=True)

    def type(self, *keys):
        subprocess.run([*self.socket, "send-keys", *keys], check=True)

    def screen(self):
        shown = subprocess.run([*self.socket, "capture-pane", "-p"], capture_output=True, text=True,
                               check=True)
        return [line.rstrip() for line in shown.stdout.splitlines() if line.strip()]

    def wait_for(self, condition, seconds=15):
        deadline = time.monotonic() + seconds
        while not condition(self.screen()):
            assert time.monotonic() < deadline, "\n".join(self.screen())
            time.sleep(0.05)

    def close(self):
        subprocess.run([*self.socket, "kill-server"], check=False)


@pytest.fixture
def terminal():
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    opened = []

    def make(command, **environment):
        opened.append(Terminal(command, **environment))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def create(broker, topic):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(10)


def test_somebody_types_and_somebody_reads(terminal, broker, topic):
    create(broker, topic)
    reader = terminal(f"{binary()} console-consumer --bootstrap-server {broker.bootstrap} --topic {topic} "
                      "--from-beginning; echo ended $?; sleep 60")
    writer = terminal(f"{binary()} console-producer --bootstrap-server {broker.bootstrap} --topic {topic}; "
                      "echo ended $?; sleep 60")
    writer.wait_for(lambda lines: lines == [">"])
    writer.type("hello", "Enter")
    writer.wait_for(lambda lines: lines == [">hello", ">"])
    reader.wait_for(lambda lines: lines == ["hello"])
    writer.type("bye", "Enter")
    reader.wait_for(lambda lines: lines == ["hello", "bye"])
    writer.type("C-d")
    writer.wait_for(lambda lines: lines[-1].endswith("ended 0"))
    reader.type("C-c")
    reader.wait_for(lambda lines: lines[-1] == "ended 130" and "Processed a total of 2 messages" in lines[-2])


def test_ctrl_c_ends_a_producer_that_waits_for_a_line(terminal, broker, topic):
    create(broker, topic)
    writer = terminal(f"{binary()} console-producer --bootstrap-server {broker.bootstrap} --topic {topic}; "
                      "echo; echo ended $?; sleep 60")
    writer.wait_for(lambda lines: lines == [">"])
    writer.type("C-c")
    writer.wait_for(lambda lines: lines[-1].startswith("ended"), seconds=3)
    got = call("acta", "console-consumer", "--bootstrap-server", broker.bootstrap, "--topic", topic,
               "--from-beginning", "--timeout-ms", "500")
    assert got.out == b""
