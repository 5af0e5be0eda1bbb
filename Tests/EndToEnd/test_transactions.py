"""Transactions as clients use them: who reads what, who is fenced, and what administrators see."""

import asyncio
import struct
import subprocess
import time

import aiokafka
import aiokafka.errors
import confluent_kafka
import kafka
import kafka.errors
import pytest
from kafka.admin import AbortTransactionSpec

import kafka_broker
from clients import Confluent, create_topic, retrying
from wire import PRODUCE, Connection, batch, request, string

TIMEOUT_SECONDS = 20
FENCED = confluent_kafka.KafkaError._FENCED


def producer(broker, transactional_id, timeout=60_000):
    """A transactional producer of confluent's, which has taken the id over."""
    made = Confluent.producer(broker.bootstrap, idempotence=True, **{
        "transactional.id": transactional_id, "transaction.timeout.ms": timeout, "linger.ms": 1,
        "log_level": 0})
    made.init_transactions(TIMEOUT_SECONDS)
    return made


def send(producer, topic, *values, partition=0):
    for value in values:
        producer.produce(topic, value, partition=partition)
    assert producer.flush(TIMEOUT_SECONDS) == 0


def read(broker, topic, isolation="read_committed", partitions=1):
    """The values of all partitions that one reads, up to the end that one sees."""
    consumer = Confluent.consumer(broker.bootstrap, **{
        "isolation.level": isolation, "enable.partition.eof": True})
    consumer.assign([confluent_kafka.TopicPartition(topic, n, 0) for n in range(partitions)])
    values, waiting, deadline = [], partitions, time.monotonic() + TIMEOUT_SECONDS
    while waiting:
        assert time.monotonic() < deadline, f"{topic} has no end"
        for message in consumer.consume(1_000, 0.1):
            if message.error() is None:
                values.append(message.value())
            else:
                assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
                waiting -= 1
    consumer.close()
    return values


def read_uncommitted(broker, topic, partitions=1):
    return read(broker, topic, "read_uncommitted", partitions)


async def aiokafka_read(broker, topic, isolation):
    consumer = aiokafka.AIOKafkaConsumer(
        topic, bootstrap_servers=broker.bootstrap, isolation_level=isolation,
        auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    try:
        values = []
        while found := await consumer.getmany(timeout_ms=500):
            values += [message.value for messages in found.values() for message in messages]
        return values
    finally:
        await consumer.stop()


def kafka_python_read(broker, topic, isolation):
    consumer = kafka.KafkaConsumer(
        topic, bootstrap_servers=broker.bootstrap, isolation_level=isolation,
        auto_offset_reset="earliest", group_id=None, consumer_timeout_ms=500)
    try:
        return [message.value for message in consumer]
    finally:
        consumer.close()


class TestIsolation:
    def everyone_reads(self, broker, topic, committed, written):
        for isolation, values in (("read_committed", committed), ("read_uncommitted", written)):
            assert read(broker, topic, isolation) == values
            assert asyncio.run(aiokafka_read(broker, topic, isolation)) == values
            assert kafka_python_read(broker, topic, isolation) == values

    def test_confluent(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        one = producer(broker, topic)
        one.begin_transaction()
        send(one, topic, b"a", b"b")
        self.everyone_reads(broker, topic, [], [b"a", b"b"])
        one.commit_transaction(TIMEOUT_SECONDS)
        one.begin_transaction()
        send(one, topic, b"c")
        one.abort_transaction(TIMEOUT_SECONDS)
        one.begin_transaction()
        send(one, topic, b"d")
        one.commit_transaction(TIMEOUT_SECONDS)
        self.everyone_reads(broker, topic, [b"a", b"b", b"d"], [b"a", b"b", b"c", b"d"])

    def test_aiokafka(self, broker, topic):
        create_topic(broker.bootstrap, topic)

        async def run():
            async with aiokafka.AIOKafkaProducer(
                    bootstrap_servers=broker.bootstrap, transactional_id=topic) as one:
                async with one.transaction():
                    await one.send_and_wait(topic, b"a")
                await one.begin_transaction()
                await one.send_and_wait(topic, b"b")
                await one.abort_transaction()
                async with one.transaction():
                    await one.send_and_wait(topic, b"c")

        asyncio.run(run())
        self.everyone_reads(broker, topic, [b"a", b"c"], [b"a", b"b", b"c"])

    def test_kafka_python(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        one = kafka.KafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=topic)
        one.init_transactions()
        for value in (b"a", b"b", b"c"):
            one.begin_transaction()
            one.send(topic, value).get(TIMEOUT_SECONDS)
            if value == b"b":
                one.abort_transaction()
            else:
                one.commit_transaction()
        one.close()
        self.everyone_reads(broker, topic, [b"a", b"c"], [b"a", b"b", b"c"])

    def test_all_partitions_at_once(self, broker, topic):
        create_topic(broker.bootstrap, topic, 8)
        one = producer(broker, topic)
        one.begin_transaction()
        for partition in range(8):
            send(one, topic, b"%d" % partition, partition=partition)
        assert read(broker, topic, partitions=8) == []
        one.commit_transaction(TIMEOUT_SECONDS)
        assert sorted(read(broker, topic, partitions=8)) == [b"%d" % n for n in range(8)]

    def test_a_commit_is_there_at_once_for_who_waits(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        consumer = Confluent.consumer(broker.bootstrap, **{"fetch.wait.max.ms": 10_000})
        consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
        one = producer(broker, topic)
        one.begin_transaction()
        send(one, topic, b"a")
        assert consumer.poll(0.5) is None
        began = time.monotonic()
        one.commit_transaction(TIMEOUT_SECONDS)
        assert consumer.poll(TIMEOUT_SECONDS).value() == b"a"
        assert time.monotonic() - began < 2
        consumer.close()


class TestFencing:
    def test_a_zombie_is_fenced(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        zombie = producer(broker, topic)
        zombie.begin_transaction()
        send(zombie, topic, b"a")
        one = producer(broker, topic)
        with pytest.raises(confluent_kafka.KafkaException) as refusal:
            zombie.commit_transaction(TIMEOUT_SECONDS)
        assert refusal.value.args[0].fatal() and refusal.value.args[0].code() == FENCED
        one.begin_transaction()
        send(one, topic, b"b")
        one.commit_transaction(TIMEOUT_SECONDS)
        assert read(broker, topic) == [b"b"]
        assert read_uncommitted(broker, topic) == [b"a", b"b"]

    def test_aiokafkas_zombie_is_fenced(self, broker, topic):
        create_topic(broker.bootstrap, topic)

        async def run():
            zombie = aiokafka.AIOKafkaProducer(
                bootstrap_servers=broker.bootstrap, transactional_id=topic)
            await zombie.start()
            await zombie.begin_transaction()
            await zombie.send_and_wait(topic, b"a")
            async with aiokafka.AIOKafkaProducer(
                    bootstrap_servers=broker.bootstrap, transactional_id=topic) as one:
                with pytest.raises(aiokafka.errors.ProducerFenced):
                    await zombie.commit_transaction()
                async with one.transaction():
                    await one.send_and_wait(topic, b"b")
            await zombie.stop()

        asyncio.run(run())
        assert read(broker, topic) == [b"b"]

    def test_what_takes_too_long_is_aborted(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        one = producer(broker, topic, timeout=1_000)
        one.begin_transaction()
        send(one, topic, b"a")
        with Connection(broker.port) as connection:
            connection.produce(topic, batch([b"plain"]))
        assert read(broker, topic) == []
        assert retrying(10, lambda: read(broker, topic) == [b"plain"])
        with pytest.raises(confluent_kafka.KafkaException) as refusal:
            one.commit_transaction(TIMEOUT_SECONDS)
        assert refusal.value.args[0].fatal() or refusal.value.args[0].txn_requires_abort()
        assert read(broker, topic) == [b"plain"]

    def test_a_timeout_that_the_broker_does_not_allow(self, broker, topic):
        with pytest.raises(confluent_kafka.KafkaException) as refusal:
            producer(broker, topic, timeout=900_001)
        assert refusal.value.args[0].code() == confluent_kafka.KafkaError.INVALID_TRANSACTION_TIMEOUT


class TestPositions:
    """What a consumer has read and what comes of it are kept together."""

    def furnish(self, broker, topic):
        create_topic(broker.bootstrap, topic)
        create_topic(broker.bootstrap, f"{topic}-out")
        with Connection(broker.port) as connection:
            connection.produce(topic, batch([b"a", b"b", b"c"]))

    def position(self, broker, group, topic):
        """Of partition 0, whatever transactions are under way; `None` for none."""
        client = kafka.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        try:
            found = client.list_group_offsets([group])[group]
            at = found.get(kafka.TopicPartition(topic, 0))
            return None if at is None or at.offset < 0 else at.offset
        finally:
            client.close()

    def test_confluent(self, broker, topic):
        self.furnish(broker, topic)
        consumer = confluent_kafka.Consumer({
            "bootstrap.servers": broker.bootstrap, "group.id": topic, "auto.offset.reset": "earliest",
            "enable.auto.commit": False})
        consumer.subscribe([topic])
        assert [m.value() for m in consumer.consume(3, TIMEOUT_SECONDS)] == [b"a", b"b", b"c"]
        one = producer(broker, topic)
        for is_commit in (False, True):
            one.begin_transaction()
            send(one, f"{topic}-out", b"x")
            one.send_offsets_to_transaction(
                consumer.position(consumer.assignment()), consumer.consumer_group_metadata(),
                TIMEOUT_SECONDS)
            assert self.position(broker, topic, topic) is None
            if is_commit:
                one.commit_transaction(TIMEOUT_SECONDS)
            else:
                one.abort_transaction(TIMEOUT_SECONDS)
                assert self.position(broker, topic, topic) is None
        assert self.position(broker, topic, topic) == 3
        assert read(broker, f"{topic}-out") == [b"x"]
        consumer.close()
        [change] = broker.sql(
            f"""SELECT source, transactional_id, offset_after FROM offset_history WHERE "group" = '{topic}'""")
        assert change == {"source": "transaction", "transactional_id": topic, "offset_after": 3}

    def test_confluents_member_of_another_generation_is_refused(self, broker, topic):
        self.furnish(broker, topic)
        settings = {
            "bootstrap.servers": broker.bootstrap, "group.id": topic, "auto.offset.reset": "earliest",
            "enable.auto.commit": False}
        consumer = confluent_kafka.Consumer(settings)
        consumer.subscribe([topic])
        assert consumer.poll(TIMEOUT_SECONDS) is not None
        former = consumer.consumer_group_metadata()
        position = consumer.position(consumer.assignment())
        consumer.close()
        one = producer(broker, topic)
        one.begin_transaction()
        with pytest.raises(confluent_kafka.KafkaException) as refusal:
            one.send_offsets_to_transaction(position, former, TIMEOUT_SECONDS)
        assert refusal.value.args[0].txn_requires_abort()
        one.abort_transaction(TIMEOUT_SECONDS)
        assert self.position(broker, topic, topic) is None

    def test_aiokafka(self, broker, topic):
        self.furnish(broker, topic)

        async def run():
            consumer = aiokafka.AIOKafkaConsumer(
                topic, bootstrap_servers=broker.bootstrap, group_id=topic,
                auto_offset_reset="earliest", enable_auto_commit=False)
            await consumer.start()
            async with aiokafka.AIOKafkaProducer(
                    bootstrap_servers=broker.bootstrap, transactional_id=topic) as one:
                message = await asyncio.wait_for(consumer.getone(), TIMEOUT_SECONDS)
                async with one.transaction():
                    await one.send(f"{topic}-out", message.value)
                    await one.send_offsets_to_transaction(
                        {aiokafka.TopicPartition(topic, 0): message.offset + 1}, topic)
            await consumer.stop()

        asyncio.run(run())
        assert self.position(broker, topic, topic) == 1
        assert read(broker, f"{topic}-out") == [b"a"]


@pytest.mark.parametrize("ending", ["stopped", "killed"])
def test_a_transaction_goes_on_when_the_broker_is_back(own_broker, topic, ending):
    broker = own_broker()
    create_topic(broker.bootstrap, topic)
    create_topic(broker.bootstrap, f"{topic}-late")
    one, late = producer(broker, topic), producer(broker, f"{topic}-late", timeout=3_000)
    for each in (one, late):
        each.begin_transaction()
        send(each, topic, b"a")
    if ending == "stopped":
        broker.restart()
    else:
        broker.kill9()
        broker.start()
    assert read(broker, topic) == []
    send(one, topic, b"b")
    one.commit_transaction(TIMEOUT_SECONDS)
    assert read_uncommitted(broker, topic) == [b"a", b"a", b"b"]
    # The other one's time goes on.
    assert retrying(10, lambda: read(broker, topic) == [b"a", b"b"])


class TestAdministration:
    @pytest.fixture
    def admin(self, broker):
        client = kafka.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        yield client
        client.close()

    def test_transactions_are_listed_and_described(self, broker, topic, admin):
        create_topic(broker.bootstrap, topic, 3)
        idle, busy = producer(broker, f"{topic}-idle"), producer(broker, f"{topic}-busy")
        busy.begin_transaction()
        send(busy, topic, b"a", partition=2)

        def names(**filters):
            return {one.transactional_id for listing in admin.list_transactions(**filters).values()
                    for one in listing if one.transactional_id.startswith(topic)}

        assert names() == {f"{topic}-idle", f"{topic}-busy"}
        assert names(state_filters=["Ongoing"]) == {f"{topic}-busy"}
        assert names(transactional_id_pattern=f"{topic}-i.*") == {f"{topic}-idle"}
        assert names(duration_filter_ms=3_600_000) == set()
        assert names(duration_filter_ms=0) == {f"{topic}-busy"}
        described = admin.describe_transactions([f"{topic}-busy"])[f"{topic}-busy"]
        assert described.state == "Ongoing" and described.transaction_timeout_ms == 60_000
        assert described.topic_partitions == {kafka.TopicPartition(topic, 2)}
        assert names(producer_id_filters=[described.producer_id]) == {f"{topic}-busy"}
        busy.commit_transaction(TIMEOUT_SECONDS)
        assert names(state_filters=["Ongoing"]) == set()
        del idle


class TestHanging:
    """A transaction that no coordinator knows, and so nobody ends: a broker that does not ask whether a batch
    is expected takes what an old producer sends too late."""

    @pytest.fixture
    def broker(self, own_broker, topic):
        broker = own_broker("transaction.partition.verification.enable=false")
        create_topic(broker.bootstrap, topic)
        with Connection(broker.port) as connection:
            connection.produce(topic, batch([b"before"]))
            late = batch([b"late"], attributes=0x10, producer=(77_000, 3, 0),
                         timestamp=int(time.time() * 1000))
            connection.send(request(
                PRODUCE, 3, string("gone") + struct.pack(">hii", -1, 5000, 1) + string(topic)
                + struct.pack(">iii", 1, 0, len(late)) + late))
            assert connection.receive() is not None
            connection.produce(topic, batch([b"behind"]))
        assert read(broker, topic) == [b"before"]
        [found] = broker.sql("SELECT * FROM open_transactions")
        assert (found["topic"], found["first_offset"], found["producer_id"],
                found["transactional_id"]) == (topic, 1, 77_000, None)
        yield broker
        assert read(broker, topic) == [b"before", b"behind"]
        assert read_uncommitted(broker, topic) == [b"before", b"late", b"behind"]
        assert broker.sql("SELECT * FROM open_transactions") == []

    def test_kafka_python_ends_it(self, broker, topic):
        admin = kafka.KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        partition = kafka.TopicPartition(topic, 0)
        [found] = admin.describe_producers([partition])[partition].active_producers
        assert (found.producer_id, found.current_transaction_start_offset) == (77_000, 1)
        admin.abort_transaction(AbortTransactionSpec(
            partition, found.producer_id, found.producer_epoch, found.coordinator_epoch))
        admin.close()

    def test_kafkas_tool_ends_it(self, kafka_library, broker, topic):
        tool = Tool(kafka_library, broker)
        text = tool.run("describe-producers", "--topic", topic, "--partition", "0")
        assert "77000" in text, text
        tool.run("abort", "--topic", topic, "--partition", "0", "--start-offset", "1")


@pytest.fixture
def kafka_library():
    """Where Kafka's classes are. Named before a broker: without it there is nothing to do there."""
    [library] = {jar.parent for jar in kafka_broker.home().glob("lib*/kafka-clients-*.jar")}
    return library


class Tool:
    """Kafka's own kafka-transactions."""

    def __init__(self, library, broker):
        self.library = library
        self.broker = broker

    def run(self, *arguments):
        tool = subprocess.run(
            ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
             f"{self.library}/*", "org.apache.kafka.tools.TransactionsCommand", "--bootstrap-server",
             self.broker.bootstrap, *arguments],
            capture_output=True, text=True, check=False, timeout=120)
        assert tool.returncode == 0, tool.stdout + tool.stderr
        return tool.stdout

    def rows(self, *arguments):
        lines = [line.split() for line in self.run(*arguments).splitlines()]
        return [dict(zip(lines[0], line)) for line in lines[1:]]


def test_kafkas_tool_shows_transactions(kafka_library, broker, topic):
    tool = Tool(kafka_library, broker)
    create_topic(broker.bootstrap, topic, 2)
    one = producer(broker, topic)
    one.begin_transaction()
    send(one, topic, b"a", partition=1)
    [row] = [row for row in tool.rows("list") if row["TransactionalId"] == topic]
    assert row["TransactionState"] == "Ongoing"
    [row] = tool.rows("describe", "--transactional-id", topic)
    assert (row["ProducerId"], row["TopicPartitions"]) == (
        str(broker.scalar(f"SELECT producer_id FROM transactions WHERE transactional_id = '{topic}'")),
        f"{topic}-1")
    assert [row for row in tool.rows("find-hanging", "--broker-id", "1") if row["Topic"] == topic] == []
    one.commit_transaction(TIMEOUT_SECONDS)
    [row] = [row for row in tool.rows("list") if row["TransactionalId"] == topic]
    assert row["TransactionState"] == "CompleteCommit"
