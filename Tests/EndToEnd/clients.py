"""The clients under test behind one small face, so that a test says what it wants once.

Consuming is by `assign` and partition only: no group is involved.
"""

import asyncio
import dataclasses
import json
import subprocess
import time

import aiokafka
import confluent_kafka
import confluent_kafka.admin
import kafka
import kafka.errors

TIMEOUT_SECONDS = 20
#: The clients' own limits are lifted, so that it is the broker that refuses what is too large.
LARGE = 16 << 20


@dataclasses.dataclass(frozen=True)
class Record:
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple = ()
    timestamp: int | None = None
    partition: int = 0
    offset: int | None = None

    @property
    def content(self):
        """What the producer decides and every reader must see again."""
        return (self.key, self.value, tuple(self.headers))


class Refused(Exception):
    """The broker answered a produce with an error code."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code


class Confluent:
    """librdkafka, by its Python package."""

    name = "confluent"
    sends_null_headers = True

    @staticmethod
    def producer(bootstrap, compression="none", acks="all", idempotence=False, **settings):
        return confluent_kafka.Producer({
            "bootstrap.servers": bootstrap,
            "compression.type": compression,
            "acks": acks,
            "enable.idempotence": idempotence,
            "message.max.bytes": LARGE,
            "linger.ms": 5,
            "allow.auto.create.topics": True,
            **settings,
        })

    @classmethod
    def produce(cls, bootstrap, topic, records, **settings):
        producer = cls.producer(bootstrap, **settings)
        sent = [None] * len(records)

        def delivered(index):
            def note(error, message):
                sent[index] = error if error is not None else message
            return note

        for index, record in enumerate(records):
            extra = {} if record.timestamp is None else {"timestamp": record.timestamp}
            if record.headers:
                extra["headers"] = list(record.headers)
            while True:
                try:
                    producer.produce(
                        topic, record.value, record.key, partition=record.partition,
                        on_delivery=delivered(index), **extra)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        left = producer.flush(TIMEOUT_SECONDS)
        assert left == 0, f"{left} of {len(records)} records were never answered"
        for answer in sent:
            if isinstance(answer, confluent_kafka.KafkaError):
                raise Refused(answer.code(), answer.str())
        return [dataclasses.replace(r, offset=m.offset()) for r, m in zip(records, sent)]

    @staticmethod
    def consumer(bootstrap, **settings):
        return confluent_kafka.Consumer({
            "bootstrap.servers": bootstrap,
            "group.id": "unused",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "fetch.message.max.bytes": LARGE,
            **settings,
        })

    @classmethod
    def consume(cls, bootstrap, topic, count, partitions=(0,), offset=0):
        consumer = cls.consumer(bootstrap)
        consumer.assign(
            [confluent_kafka.TopicPartition(topic, number, offset) for number in partitions])
        found = []
        deadline = time.monotonic() + TIMEOUT_SECONDS
        try:
            while len(found) < count and time.monotonic() < deadline:
                for message in consumer.consume(count - len(found), 0.2):
                    if message.error():
                        raise confluent_kafka.KafkaException(message.error())
                    found.append(Record(
                        message.key(), message.value(), tuple(message.headers() or ()),
                        message.timestamp()[1], message.partition(), message.offset()))
        finally:
            consumer.close()
        return in_order(found, count, cls.name)


class KafkaPython:
    """kafka-python 3; idempotent unless told otherwise."""

    name = "kafka-python"
    sends_null_headers = False

    @staticmethod
    def producer(bootstrap, compression=None, acks="all", idempotence=None, **settings):
        if idempotence is None:
            idempotence = acks == "all"
        return kafka.KafkaProducer(
            bootstrap_servers=bootstrap, compression_type=compression, acks=acks,
            enable_idempotence=idempotence, max_request_size=LARGE, linger_ms=5,
            delivery_timeout_ms=TIMEOUT_SECONDS * 1000, request_timeout_ms=10_000, **settings)

    @classmethod
    def produce(cls, bootstrap, topic, records, **settings):
        producer = cls.producer(bootstrap, **settings)
        try:
            sent = [
                producer.send(
                    topic, value=r.value, key=r.key, headers=list(r.headers) or None,
                    partition=r.partition, timestamp_ms=r.timestamp)
                for r in records
            ]
            producer.flush(TIMEOUT_SECONDS)
            answers = [future.get(TIMEOUT_SECONDS) for future in sent]
        except kafka.errors.BrokerResponseError as error:
            raise Refused(error.errno, str(error)) from error
        finally:
            producer.close(5)
        return [dataclasses.replace(r, offset=a.offset) for r, a in zip(records, answers)]

    @staticmethod
    def consumer(bootstrap, **settings):
        return kafka.KafkaConsumer(
            bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="none",
            max_partition_fetch_bytes=LARGE, **settings)

    @classmethod
    def consume(cls, bootstrap, topic, count, partitions=(0,), offset=0):
        consumer = cls.consumer(bootstrap)
        assigned = [kafka.TopicPartition(topic, number) for number in partitions]
        consumer.assign(assigned)
        for partition in assigned:
            consumer.seek(partition, offset)
        found = []
        deadline = time.monotonic() + TIMEOUT_SECONDS
        try:
            while len(found) < count and time.monotonic() < deadline:
                for messages in consumer.poll(timeout_ms=200).values():
                    found += [record_of(message) for message in messages]
        finally:
            consumer.close()
        return in_order(found, count, cls.name)


class AioKafka:
    """aiokafka; each call runs its own event loop."""

    name = "aiokafka"
    sends_null_headers = True

    @staticmethod
    def producer(bootstrap, compression=None, acks="all", idempotence=False, **settings):
        return aiokafka.AIOKafkaProducer(
            bootstrap_servers=bootstrap, compression_type=compression, acks=acks,
            enable_idempotence=idempotence, max_request_size=LARGE, linger_ms=5, **settings)

    @classmethod
    def produce(cls, bootstrap, topic, records, **settings):
        async def run():
            producer = cls.producer(bootstrap, **settings)
            await producer.start()
            try:
                sent = [
                    await producer.send(
                        topic, value=r.value, key=r.key, headers=list(r.headers) or None,
                        partition=r.partition, timestamp_ms=r.timestamp)
                    for r in records
                ]
                await producer.flush()
                return [await future for future in sent]
            except aiokafka.errors.BrokerResponseError as error:
                raise Refused(error.errno, str(error)) from error
            finally:
                await producer.stop()

        answers = asyncio.run(asyncio.wait_for(run(), TIMEOUT_SECONDS * 2))
        return [
            dataclasses.replace(r, offset=None if a is None else a.offset)
            for r, a in zip(records, answers)
        ]

    @staticmethod
    def consumer(bootstrap, **settings):
        return aiokafka.AIOKafkaConsumer(
            bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="none",
            max_partition_fetch_bytes=LARGE, **settings)

    @classmethod
    def consume(cls, bootstrap, topic, count, partitions=(0,), offset=0):
        async def run():
            consumer = cls.consumer(bootstrap)
            await consumer.start()
            found = []
            deadline = time.monotonic() + TIMEOUT_SECONDS
            try:
                assigned = [aiokafka.TopicPartition(topic, number) for number in partitions]
                consumer.assign(assigned)
                for partition in assigned:
                    consumer.seek(partition, offset)
                while len(found) < count and time.monotonic() < deadline:
                    for messages in (await consumer.getmany(timeout_ms=200)).values():
                        found.extend(record_of(message) for message in messages)
            finally:
                await consumer.stop()
            return found

        return in_order(asyncio.run(run()), count, cls.name)


CLIENTS = [Confluent, KafkaPython, AioKafka]


def record_of(message):
    """A record as kafka-python and aiokafka hand it over; they agree on the names."""
    return Record(
        message.key, message.value, tuple(message.headers), message.timestamp,
        message.partition, message.offset)


def in_order(records, count, reader):
    assert len(records) >= count, f"{reader} got {len(records)} of {count} records"
    return sorted(records[:count] if len(records) > count else records,
                  key=lambda r: (r.partition, r.offset))


def kcat(bootstrap, *arguments, stdin=None, check=True):
    """Runs kcat and returns its standard output."""
    run = subprocess.run(
        ["kcat", "-b", bootstrap, *arguments], input=stdin or b"", capture_output=True,
        timeout=TIMEOUT_SECONDS * 2, check=False)
    if check:
        assert run.returncode == 0, f"kcat {arguments}: {run.stderr.decode()}"
    return run.stdout.decode()


def kcat_consume(bootstrap, topic, *arguments):
    """Everything in a topic, from the beginning to the end, as kcat prints it in JSON."""
    text = kcat(bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J", *arguments)
    return [json.loads(line) for line in text.splitlines()]


def ask_admin(bootstrap, method, *arguments, **options):
    """The one answer to a call of confluent's admin client, which lives until it has come: a call
    whose client is gone is never answered."""
    client = confluent_kafka.admin.AdminClient({"bootstrap.servers": bootstrap})
    answer = getattr(client, method)(*arguments, **options)
    if isinstance(answer, dict):
        [answer] = answer.values()
    return answer.result(TIMEOUT_SECONDS)


def cluster_of(bootstrap, topic=None):
    """Metadata of all topics, or of one that exists."""
    client = confluent_kafka.admin.AdminClient({"bootstrap.servers": bootstrap})
    return client.list_topics(topic, TIMEOUT_SECONDS)


def create_topic(bootstrap, name, partitions=1, **configs):
    """Creates a topic; `_` in a setting's name stands for a dot."""
    new = confluent_kafka.admin.NewTopic(
        name, num_partitions=partitions, replication_factor=1,
        config={key.replace("_", "."): str(value) for key, value in configs.items()})
    ask_admin(bootstrap, "create_topics", [new])
    return name


def texts(count, prefix="value"):
    """Records with a key and a value that say which they are."""
    return [Record(f"key-{n}".encode(), f"{prefix}-{n}".encode()) for n in range(count)]


def retrying(seconds, attempt):
    """Calls `attempt` until it returns something true; for what is only true soon."""
    deadline = time.monotonic() + seconds
    while True:
        result = attempt()
        if result or time.monotonic() > deadline:
            return result
        time.sleep(0.01)
