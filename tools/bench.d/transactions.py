"""Transactions of 100 records over 8 partitions with positions, beside the same without; and what is read of them.

    transactions.py BOOTSTRAP TOPIC COUNT     measures, and prints a line of JSON
    transactions.py BOOTSTRAP TOPIC COUNT --fill RECORDS
                                              writes COUNT transactions of RECORDS each, and no more

Run by the Python of the end-to-end suite, which has the client.
"""

import json
import sys
import time

import confluent_kafka

PARTITIONS = 8
RECORDS = 100
VALUE = b"x" * 100
TIMEOUT_SECONDS = 60


def producer(bootstrap, **settings):
    return confluent_kafka.Producer({
        "bootstrap.servers": bootstrap, "linger.ms": 0, "enable.idempotence": True,
        "queue.buffering.max.messages": 1_000_000, **settings})


def write(producer, topic, records):
    for number in range(records):
        producer.produce(topic, VALUE, partition=number % PARTITIONS)
        producer.poll(0)


def positions(topic, offset):
    return [confluent_kafka.TopicPartition(topic, n, offset) for n in range(PARTITIONS)]


def with_transactions(bootstrap, topic, consumer, count):
    transactional = producer(bootstrap, **{"transactional.id": f"bench-{topic}"})
    transactional.init_transactions(TIMEOUT_SECONDS)
    for number in range(count):
        began = time.monotonic()
        transactional.begin_transaction()
        write(transactional, topic, RECORDS)
        transactional.send_offsets_to_transaction(
            positions(topic, number), consumer.consumer_group_metadata(), TIMEOUT_SECONDS)
        transactional.commit_transaction(TIMEOUT_SECONDS)
        yield time.monotonic() - began


def without(bootstrap, topic, consumer, count):
    plain = producer(bootstrap)
    for number in range(count):
        began = time.monotonic()
        write(plain, topic, RECORDS)
        plain.flush(TIMEOUT_SECONDS)
        consumer.commit(offsets=positions(topic, number), asynchronous=False)
        yield time.monotonic() - began


def figures(times):
    times = sorted(times)
    return {
        "per_second": len(times) / sum(times),
        "p50_microseconds": times[len(times) // 2] * 1e6,
        "p99_microseconds": times[len(times) * 99 // 100] * 1e6}


def fill(bootstrap, topic, count, records):
    transactional = producer(bootstrap, **{"transactional.id": f"fill-{topic}", "linger.ms": 5})
    transactional.init_transactions(TIMEOUT_SECONDS)
    for _ in range(count):
        transactional.begin_transaction()
        write(transactional, topic, records)
        transactional.commit_transaction(TIMEOUT_SECONDS)
    return {"records": count * records}


def main():
    bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if sys.argv[4:]:
        return fill(bootstrap, topic, count, int(sys.argv[5]))
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": bootstrap, "group.id": f"bench-{topic}", "enable.auto.commit": False})
    found = {
        "with": figures(with_transactions(bootstrap, topic, consumer, count)),
        "without": figures(without(bootstrap, topic, consumer, count))}
    consumer.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
