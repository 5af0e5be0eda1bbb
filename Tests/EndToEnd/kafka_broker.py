"""Apache Kafka itself, to compare with: one node of the distribution that KAFKA_HOME names."""

import os
import pathlib
import shutil
import subprocess
import time

import pytest

import wire
from broker import BrokerFailed, free_port
from kafka_messages import Definitions

START_SECONDS = 90
STOP_SECONDS = 30
#: The heap that is enough for a comparison; KAFKA_HEAP_OPTS says otherwise.
HEAP = "-Xmx512m"


def home():
    """The distribution's folder, or why there is nothing to compare with."""
    named = os.environ.get("KAFKA_HOME")
    if not named:
        pytest.skip("KAFKA_HOME names no distribution of Apache Kafka")
    if shutil.which("java") is None:
        pytest.skip("there is no java to run Apache Kafka with")
    path = pathlib.Path(named)
    if not list(path.glob("lib*/kafka-clients-*.jar")):
        pytest.skip(f"{path} is no distribution of Apache Kafka: it has no kafka-clients library")
    return path


class KafkaBroker:
    def __init__(self, directory, scram_users=(), **settings):
        """`scram_users` are there from the beginning, as Kafka's `--add-scram` says them."""
        self.scram_users = scram_users
        self.home, self.directory = home(), pathlib.Path(directory)
        self.port, self.process = free_port(), None
        self.definitions = Definitions(self.home)
        controller = free_port()
        self.settings = {
            "process.roles": "broker,controller", "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners":
                f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER", "log.dirs": str(self.directory / "logs"),
            "offsets.topic.replication.factor": "1", "group.initial.rebalance.delay.ms": "0",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1", **settings}

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    @property
    def output(self):
        return self.directory / "kafka.out"

    def java(self, name, *arguments):
        [library] = {jar.parent for jar in self.home.glob("lib*/kafka-clients-*.jar")}
        heap = os.environ.get("KAFKA_HEAP_OPTS", HEAP).split()
        return ["java", *heap, "-cp", f"{library}/*", name, *arguments]

    def start(self):
        """Formats the folder, starts the node, and returns when it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        properties = self.directory / "server.properties"
        properties.write_text("".join(f"{key}={value}\n" for key, value in self.settings.items()))
        with open(self.output, "ab") as output:
            subprocess.run(
                self.java("kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", "MkU3OEVBNTcwNTJENDM2Qg",
                          "-c", str(properties),
                          *(word for user in self.scram_users for word in ("--add-scram", user))),
                check=True, stdout=output, stderr=output)
            self.process = subprocess.Popen(
                self.java("kafka.Kafka", str(properties)), stdin=subprocess.DEVNULL,
                stdout=output, stderr=output)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise BrokerFailed(f"Kafka did not start\n{self.output.read_text()[-4000:]}")
            time.sleep(0.2)
        return self

    def answers(self):
        try:
            with wire.Connection(self.port) as connection:
                return connection.api_versions() is not None
        except OSError:
            return False

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
