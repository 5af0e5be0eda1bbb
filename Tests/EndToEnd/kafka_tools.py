"""Kafka's command-line tools and Acta's, called the same way."""

import base64
import functools
import os
import pathlib
import subprocess
from dataclasses import dataclass

import kafka_broker
from broker import REPOSITORY, binary

TOOL_SECONDS = 120
PACKAGE = "org.apache.kafka.tools"
#: By the names of the launchers in tools/.
CLASSES = {
    "kafka-topics": f"{PACKAGE}.TopicCommand",
    "kafka-console-producer": f"{PACKAGE}.ConsoleProducer",
    "kafka-console-consumer": f"{PACKAGE}.consumer.ConsoleConsumer",
    "kafka-consumer-groups": f"{PACKAGE}.consumer.group.ConsumerGroupCommand",
    "kafka-groups": f"{PACKAGE}.GroupsCommand",
    "kafka-configs": f"{PACKAGE}.ConfigCommand",
    "kafka-get-offsets": f"{PACKAGE}.GetOffsetShell",
    "kafka-acls": f"{PACKAGE}.AclCommand",
    "kafka-delete-records": f"{PACKAGE}.DeleteRecordsCommand",
    "kafka-log-dirs": f"{PACKAGE}.LogDirsCommand",
    "kafka-dump-log": f"{PACKAGE}.DumpLogSegments",
    "kafka-broker-api-versions": f"{PACKAGE}.BrokerApiVersionsCommand",
    "kafka-cluster": f"{PACKAGE}.ClusterTool",
    "kafka-features": f"{PACKAGE}.FeatureCommand",
    "kafka-transactions": f"{PACKAGE}.TransactionsCommand",
    "kafka-producer-perf-test": f"{PACKAGE}.ProducerPerformance",
    "kafka-consumer-perf-test": f"{PACKAGE}.ConsumerPerformance",
    "kafka-verifiable-producer": f"{PACKAGE}.VerifiableProducer",
    "kafka-verifiable-consumer": f"{PACKAGE}.VerifiableConsumer",
    "kafka-storage": "kafka.tools.StorageTool",
}


@dataclass(frozen=True)
class Printed:
    code: int
    out: str
    err: str


class ActaTools:
    """Ours, through their launchers."""

    name = "acta"

    def call(self, tool, words, text=None):
        """What it prints, and ends with; `text` is its standard input."""
        ended = subprocess.run(
            [str(REPOSITORY / "tools" / tool), *words], capture_output=True, check=False,
            input=(text or "").encode(), timeout=TOOL_SECONDS,
            env={**os.environ, "ACTA": binary(), "COLUMNS": "80"})
        return Printed(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    def close(self):
        pass


class KafkaTools:
    """Those of the distribution that KAFKA_HOME names, all in one process."""

    name = "kafka"

    def __init__(self):
        [library] = {jar.parent for jar in kafka_broker.home().glob("lib*/kafka-clients-*.jar")}
        self.java = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{library}/*"]
        self.start()

    def start(self):
        source = pathlib.Path(__file__).with_name("ToolCalls.java")
        self.process = subprocess.Popen(
            [*self.java, str(source)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def call(self, tool, words, text=None):
        assert text is None, "Kafka's tools share one process, which has no input for them"
        encoded = ["_" + base64.b64encode(word.encode()).decode() for word in [CLASSES[tool], *words]]
        print(*encoded, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            # argparse4j ends the process by itself: that call, again, in one of its own.
            self.close()
            self.start()
            return self.call_alone(tool, words)
        code, out, err = answer.split()
        out, err = (base64.b64decode(part[1:]).decode() for part in (out, err))
        return Printed(int(code), out, err)

    def call_alone(self, tool, words):
        ended = subprocess.run(
            [*self.java, CLASSES[tool], *words], capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=TOOL_SECONDS)
        return Printed(ended.returncode, ended.stdout, ended.stderr)

    def close(self):
        self.process.stdin.close()
        self.process.wait(TOOL_SECONDS)


@functools.cache
def launchers():
    """The names of those in tools/."""
    return sorted(path.name for path in (REPOSITORY / "tools").glob("kafka-*"))
