"""A loop that consumes, transforms and produces in transactions, as a process that can be killed at any moment.

What it reads from each partition of the input it writes to the same partition of the output, in upper case. A line
on standard output follows each commit. Whatever goes wrong ends it: whoever started it starts it again.

    exactly_once_worker.py CLIENT HOST:PORT NAME
"""

import asyncio
import os
import sys

from group_worker import end_with

#: Records of one transaction, at the most.
BATCH = 20
SESSION_MILLISECONDS, HEARTBEAT_MILLISECONDS, TRANSACTION_MILLISECONDS = 1_500, 200, 20_000
SECONDS = 20


def note(count):
    os.write(1, b"%d\n" % count)


def confluent(bootstrap, name):
    import confluent_kafka

    quick = {"bootstrap.servers": bootstrap, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100,
             "log_level": 0}
    producer = confluent_kafka.Producer({
        **quick, "transactional.id": name, "transaction.timeout.ms": TRANSACTION_MILLISECONDS,
        "linger.ms": 1})
    producer.init_transactions(SECONDS)
    consumer = confluent_kafka.Consumer({
        **quick, "group.id": name, "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "isolation.level": "read_committed", "session.timeout.ms": SESSION_MILLISECONDS,
        "heartbeat.interval.ms": HEARTBEAT_MILLISECONDS})
    consumer.subscribe([f"{name}-in"])
    while True:
        messages = consumer.consume(BATCH, 0.1)
        for message in messages:
            if message.error():
                raise confluent_kafka.KafkaException(message.error())
        if not messages:
            continue
        producer.begin_transaction()
        for message in messages:
            producer.produce(f"{name}-out", message.value().upper(), partition=message.partition())
        producer.send_offsets_to_transaction(
            consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), SECONDS)
        producer.commit_transaction(SECONDS)
        note(len(messages))


def kafka_python(bootstrap, name):
    import kafka

    producer = kafka.KafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=name, linger_ms=1,
        transaction_timeout_ms=TRANSACTION_MILLISECONDS, max_block_ms=SECONDS * 1000)
    producer.init_transactions()
    consumer = kafka.KafkaConsumer(
        f"{name}-in", bootstrap_servers=bootstrap, group_id=name, auto_offset_reset="earliest",
        enable_auto_commit=False, isolation_level="read_committed",
        session_timeout_ms=SESSION_MILLISECONDS, heartbeat_interval_ms=HEARTBEAT_MILLISECONDS)
    while True:
        found = consumer.poll(timeout_ms=100, max_records=BATCH)
        if not found:
            continue
        producer.begin_transaction()
        sent = [producer.send(f"{name}-out", message.value.upper(), partition=partition.partition)
                for partition, messages in found.items() for message in messages]
        positions = {partition: kafka.structs.OffsetAndMetadata(messages[-1].offset + 1, "", -1)
                     for partition, messages in found.items()}
        producer.send_offsets_to_transaction(positions, consumer.group_metadata())
        producer.commit_transaction()
        for one in sent:
            one.get(SECONDS)
        note(len(sent))


async def aiokafka(bootstrap, name):
    import aiokafka as client

    producer = client.AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=name,
        transaction_timeout_ms=TRANSACTION_MILLISECONDS)
    await producer.start()
    consumer = client.AIOKafkaConsumer(
        f"{name}-in", bootstrap_servers=bootstrap, group_id=name, auto_offset_reset="earliest",
        enable_auto_commit=False, isolation_level="read_committed",
        session_timeout_ms=SESSION_MILLISECONDS, heartbeat_interval_ms=HEARTBEAT_MILLISECONDS)
    await consumer.start()
    while True:
        found = await consumer.getmany(timeout_ms=100, max_records=BATCH)
        if not found:
            continue
        async with producer.transaction():
            for partition, messages in found.items():
                for message in messages:
                    await producer.send(
                        f"{name}-out", message.value.upper(), partition=partition.partition)
            await producer.send_offsets_to_transaction(
                {partition: messages[-1].offset + 1 for partition, messages in found.items()}, name)
        note(sum(map(len, found.values())))


def main():
    client, bootstrap, name = sys.argv[1:]
    end_with(os.getppid())
    if client == "aiokafka":
        asyncio.run(aiokafka(bootstrap, name))
    else:
        {"confluent": confluent, "kafka-python": kafka_python}[client](bootstrap, name)


if __name__ == "__main__":
    main()
