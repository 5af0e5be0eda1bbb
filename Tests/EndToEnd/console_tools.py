"""The console tools and their like, which read standard input or go on until they are told to end: Acta's, and
Kafka's of the distribution that KAFKA_HOME names."""

import os
import subprocess
from dataclasses import dataclass

import kafka_broker
from broker import REPOSITORY, binary

TOOL_SECONDS = 90
PACKAGE = "org.apache.kafka.tools"
CLASSES = {
    "console-producer": f"{PACKAGE}.ConsoleProducer",
    "console-consumer": f"{PACKAGE}.consumer.ConsoleConsumer",
    "producer-perf-test": f"{PACKAGE}.ProducerPerformance",
    "consumer-perf-test": f"{PACKAGE}.ConsumerPerformance",
    "verifiable-producer": f"{PACKAGE}.VerifiableProducer",
    "verifiable-consumer": f"{PACKAGE}.VerifiableConsumer",
}


@dataclass(frozen=True)
class Printed:
    code: int
    out: bytes
    err: bytes

    @property
    def complaint(self):
        """The first line on standard error."""
        return self.err.decode().split("\n")[0]


def command(kind, tool):
    if kind == "acta":
        launcher = REPOSITORY / "tools" / f"kafka-{tool}"
        return [str(launcher)] if launcher.exists() else [binary(), tool]
    [library] = {jar.parent for jar in kafka_broker.home().glob("lib*/kafka-clients-*.jar")}
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{library}/*", CLASSES[tool]]


def start(kind, tool, *words, **streams):
    return subprocess.Popen([*command(kind, tool), *words], env=environment(), **streams)


def call(kind, tool, *words, text=b"", seconds=TOOL_SECONDS):
    """What it prints, and ends with; `text` is its standard input."""
    ended = subprocess.run([*command(kind, tool), *words], input=text, capture_output=True,
                           check=False, timeout=seconds, env=environment())
    return Printed(ended.returncode, ended.stdout, ended.stderr)


def environment():
    return {**os.environ, "ACTA": binary(), "COLUMNS": "80"}
