"""acks, idempotence, and many producers at once."""

import threading

import pytest

from clients import CLIENTS, Confluent, Record, create_topic, texts
from wire import Connection, batch, produce_request

EVERY_CLIENT = pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
CONNECTIONS = 8
PER_CONNECTION = 2_000
PARTITIONS = 3


@EVERY_CLIENT
@pytest.mark.parametrize("acks", [0, 1, "all"])
def test_acks(broker, topic, client, acks):
    create_topic(broker.bootstrap, topic)
    sent = client.produce(broker.bootstrap, topic, texts(200), acks=acks)
    found = Confluent.consume(broker.bootstrap, topic, 200)
    assert [r.content for r in found] == [r.content for r in sent]
    if acks != 0:
        assert [r.offset for r in sent] == list(range(200))


@EVERY_CLIENT
def test_an_idempotent_producer(broker, topic, client):
    create_topic(broker.bootstrap, topic, PARTITIONS)
    records = [
        Record(b"k", str(n).encode(), partition=n % PARTITIONS) for n in range(600)
    ]
    sent = client.produce(broker.bootstrap, topic, records, idempotence=True)
    found = Confluent.consume(broker.bootstrap, topic, 600, partitions=range(PARTITIONS))
    assert sorted(int(r.value) for r in found) == list(range(600))
    assert sorted(r.offset for r in sent) == sorted(list(range(200)) * PARTITIONS)


def test_two_idempotent_producers_have_different_producer_ids(broker, topic):
    """Their sequences both start at zero; with one id the second would be taken for a repeat."""
    create_topic(broker.bootstrap, topic)
    for turn in range(3):
        sent = Confluent.produce(broker.bootstrap, topic, texts(10), idempotence=True)
        assert [r.offset for r in sent] == list(range(turn * 10, turn * 10 + 10))


class TestSequences:
    """What the broker makes of sequence numbers, said in hand-made batches."""

    producer_id = 4_000_000_000

    @pytest.fixture
    def connection(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        with Connection(broker.port) as connection:
            yield connection

    def send(self, connection, topic, values, sequence, epoch=0):
        records = batch(values, producer=(self.producer_id, epoch, sequence))
        return connection.produce(topic, records)

    def test_a_repeated_batch_is_acknowledged_with_its_first_offset_and_stored_once(
            self, broker, topic, connection):
        assert self.send(connection, topic, [b"a", b"b"], 0) == (0, 0)
        assert self.send(connection, topic, [b"c"], 2) == (0, 2)
        assert self.send(connection, topic, [b"a", b"b"], 0) == (0, 0)
        assert self.send(connection, topic, [b"c"], 2) == (0, 2)
        assert self.send(connection, topic, [b"d"], 3) == (0, 3)
        found = Confluent.consume(broker.bootstrap, topic, 4)
        assert [r.value for r in found] == [b"a", b"b", b"c", b"d"]

    def test_a_gap_in_the_sequence_is_refused(self, broker, topic, connection):
        assert self.send(connection, topic, [b"a"], 0) == (0, 0)
        assert self.send(connection, topic, [b"c"], 2)[0] == 45
        assert self.send(connection, topic, [b"b"], 1) == (0, 1)

    def test_an_old_epoch_is_fenced(self, broker, topic, connection):
        assert self.send(connection, topic, [b"a"], 0, epoch=5) == (0, 0)
        assert self.send(connection, topic, [b"b"], 1, epoch=4)[0] == 47
        assert self.send(connection, topic, [b"b"], 0, epoch=6) == (0, 1)


def test_a_repeated_batch_is_recognised_after_a_restart(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "repeated")
    first = batch([b"a", b"b"], producer=(4_000_000_000, 0, 0))
    second = batch([b"c"], producer=(4_000_000_000, 0, 2))
    with Connection(broker.port) as connection:
        assert connection.produce("repeated", first) == (0, 0)
    broker.kill9()
    broker.start()
    with Connection(broker.port) as connection:
        assert connection.produce("repeated", first) == (0, 0)
        assert connection.produce("repeated", second) == (0, 2)
    assert len(Confluent.consume(broker.bootstrap, "repeated", 3)) == 3


def test_eight_connections_produce_to_three_partitions_at_once(broker, topic):
    create_topic(broker.bootstrap, topic, PARTITIONS)
    failures = []

    def produce(who):
        try:
            Confluent.produce(broker.bootstrap, topic, [
                Record(b"%d" % who, b"%d" % n, partition=(who + n) % PARTITIONS)
                for n in range(PER_CONNECTION)
            ], **{"batch.num.messages": 50})
        except Exception as error:  # the main thread reports it
            failures.append((who, error))

    threads = [threading.Thread(target=produce, args=[who]) for who in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    total = CONNECTIONS * PER_CONNECTION
    found = Confluent.consume(broker.bootstrap, topic, total, partitions=range(PARTITIONS))
    assert len({(r.key, r.value) for r in found}) == total
    for partition in range(PARTITIONS):
        here = [r for r in found if r.partition == partition]
        assert [r.offset for r in here] == list(range(len(here)))
        for who in range(CONNECTIONS):
            mine = [int(r.value) for r in here if r.key == b"%d" % who]
            assert mine == sorted(mine), "one connection's records left their order"
    assert broker.scalar(f"select count(*) from messages where topic = '{topic}'") == total


def test_pipelined_requests_are_answered_in_their_order(broker, topic):
    create_topic(broker.bootstrap, topic)
    with Connection(broker.port) as connection:
        connection.send(b"".join(
            produce_request(topic, batch([b"%d" % n]), correlation=n) for n in range(50)))
        answered = [int.from_bytes(connection.receive()[:4], "big") for _ in range(50)]
    assert answered == list(range(50))
    found = Confluent.consume(broker.bootstrap, topic, 50)
    assert [int(r.value) for r in found] == list(range(50))
