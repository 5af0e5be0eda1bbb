"""Apache Kafka beside a build of ours, as the tests start it, one node with as much as it asks for by itself."""

import contextlib
import os
import pathlib
import shutil

import compare
from broker import Broker
from kafka_broker import KafkaBroker
from measuring import PARTITIONS

#: What its own scripts give it.
HEAP = "-Xmx1G -Xms1G"


class KafkaServing(compare.Measured, KafkaBroker):
    @property
    def pid(self):
        return self.process.pid

    processor_seconds = Broker.processor_seconds

    def restart(self):
        self.close()
        self.start()


class Kafka:
    """In the place of a build."""

    def __init__(self, home, directory, settings):
        os.environ["KAFKA_HOME"] = str(pathlib.Path(home).resolve(strict=True))
        os.environ.setdefault("KAFKA_HEAP_OPTS", HEAP)
        self.directory = directory
        self.settings = dict(setting.split("=", 1) for setting in settings)

    @contextlib.contextmanager
    def serving(self, *overrides):
        """A broker with an empty folder, which is gone afterwards. What is set of ours means nothing to it."""
        theirs = dict(override.split("=", 1) for override in overrides
                      if not override.startswith("acta."))
        broker = KafkaServing(
            self.directory, **{"num.partitions": str(PARTITIONS), **self.settings, **theirs})
        broker.start()
        try:
            yield broker
        finally:
            broker.close()
            shutil.rmtree(self.directory)
