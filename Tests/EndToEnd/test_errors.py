"""What is refused, and how; and that a peer who talks nonsense disturbs nobody."""

import struct

import confluent_kafka
import pytest

from clients import CLIENTS, Confluent, Record, Refused, create_topic
from wire import Connection, batch, produce_request, request, string

CORRUPT, UNKNOWN_TOPIC, INVALID_RECORD, INVALID_ACKS, UNSUPPORTED_VERSION = 2, 3, 87, 21, 35


@pytest.fixture
def connection(broker, topic):
    create_topic(broker.bootstrap, topic)
    with Connection(broker.port) as connection:
        yield connection


@pytest.fixture(autouse=True)
def others_are_undisturbed(broker, topic):
    """A client that was there before goes on, whatever a test here sends."""
    other = f"{topic[:60]}-other"
    create_topic(broker.bootstrap, other)
    with Connection(broker.port) as beside:
        assert beside.produce(other, batch([b"before"])) == (0, 0)
        yield
        assert beside.produce(other, batch([b"after"])) == (0, 1)
    assert len(Confluent.consume(broker.bootstrap, other, 2)) == 2


class TestUnknownTopics:
    def test_without_auto_creation_producing_is_refused(self, own_broker):
        broker = own_broker("auto.create.topics.enable=false")
        with Connection(broker.port) as connection:
            assert connection.produce("absent", batch([b"v"]))[0] == UNKNOWN_TOPIC
        producer = Confluent.producer(broker.bootstrap, **{
            "message.timeout.ms": 3_000, "topic.metadata.propagation.max.ms": 500})
        answers = []
        producer.produce("absent", b"v", on_delivery=lambda error, _: answers.append(error))
        producer.flush(10)
        local = confluent_kafka.KafkaError
        assert [e.code() for e in answers] in ([UNKNOWN_TOPIC], [local._UNKNOWN_TOPIC])
        assert broker.scalar("select count(*) from topic_sizes") == 0

    def test_a_partition_out_of_range(self, connection, topic):
        assert connection.produce(topic, batch([b"v"]), partition=1)[0] == UNKNOWN_TOPIC
        assert connection.produce(topic, batch([b"v"]), partition=-1)[0] == UNKNOWN_TOPIC

    def test_a_fetch_of_an_unknown_topic(self, connection, topic):
        assert connection.fetch(f"{topic}-absent", 0)[0] == UNKNOWN_TOPIC


class TestBadBatches:
    """Each is refused alone: nothing is stored, and the connection goes on."""

    @pytest.fixture(autouse=True)
    def nothing_is_stored(self, connection, topic):
        yield
        assert connection.produce(topic, batch([b"good"])) == (0, 0)

    def test_a_wrong_crc(self, connection, topic):
        records = bytearray(batch([b"value"]))
        records[-2] ^= 0xFF
        assert connection.produce(topic, bytes(records))[0] == CORRUPT

    @pytest.mark.parametrize("magic, code", [
        (0, INVALID_RECORD), (1, INVALID_RECORD), (3, CORRUPT), (-1, CORRUPT)])
    def test_a_magic_other_than_2(self, connection, topic, magic, code):
        """As Apache Kafka: older formats are refused, and what is none is corrupt."""
        assert connection.produce(topic, batch([b"value"], magic=magic))[0] == code

    def test_a_count_that_is_not_the_records(self, connection, topic):
        assert connection.produce(topic, batch([b"a", b"b"], count=3))[0] == INVALID_RECORD

    def test_no_records(self, connection, topic):
        assert connection.produce(topic, batch([]))[0] == INVALID_RECORD

    def test_two_batches_where_one_is_allowed(self, connection, topic):
        assert connection.produce(topic, batch([b"a"]) + batch([b"b"]))[0] == INVALID_RECORD

    def test_a_control_batch(self, connection, topic):
        assert connection.produce(topic, batch([b"a"], attributes=0x20))[0] == INVALID_RECORD

    def test_a_truncated_batch(self, connection, topic):
        assert connection.produce(topic, batch([b"value"])[:-3])[0] in (CORRUPT, INVALID_RECORD)

    def test_a_compressed_batch_that_is_not(self, connection, topic):
        for codec in (1, 2, 3, 4):
            error, _ = connection.produce(topic, batch([b"a" * 100], attributes=codec))
            assert error in (CORRUPT, INVALID_RECORD, 76), codec

    def test_an_unknown_codec(self, connection, topic):
        error, _ = connection.produce(topic, batch([b"a"], attributes=5))
        assert error in (INVALID_RECORD, 76)

    @pytest.mark.parametrize("acks", [2, -2])
    def test_acks_that_do_not_exist(self, connection, topic, acks):
        assert connection.produce(topic, batch([b"a"]), acks=acks)[0] == INVALID_ACKS


class TestAcksZero:
    def test_no_answer_and_the_next_request_is_answered(self, connection, topic):
        connection.send(produce_request(topic, batch([b"silent"]), acks=0, correlation=1))
        assert connection.produce(topic, batch([b"answered"])) == (0, 1)

    def test_an_error_closes_the_connection(self, connection, topic):
        connection.send(produce_request(topic, batch([b"v"], magic=1), acks=0))
        assert connection.is_closed_by_peer()


class TestFrames:
    """Where no answer is possible the connection is closed."""

    @pytest.mark.parametrize("size", [-1, -(1 << 31), 104_857_601, (1 << 31) - 1])
    def test_a_size_outside_the_limits(self, connection, size):
        connection.send(struct.pack(">i", size))
        assert connection.is_closed_by_peer()

    def test_another_protocol(self, connection):
        connection.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.is_closed_by_peer()

    @pytest.mark.parametrize("frame", [
        b"", b"\0", b"\0\3", b"\xff" * 64, bytes(64), b"\0\3\0\1\0\0\0\7\x7f\xff", b"\0\1" * 40,
    ], ids=lambda b: b[:8].hex() or "empty")
    def test_garbage_of_a_plausible_size(self, connection, frame):
        connection.send(struct.pack(">i", len(frame)) + frame)
        assert connection.is_closed_by_peer()

    def test_a_count_that_the_frame_cannot_hold(self, connection):
        connection.send(request(3, 1, struct.pack(">i", (1 << 31) - 1)))
        assert connection.is_closed_by_peer()

    @pytest.mark.parametrize("api, version", [(999, 0), (-1, 0), (3, 99), (0, -1), (1, 3)])
    def test_an_api_or_version_that_is_not_served(self, connection, api, version):
        connection.send(request(api, version, bytes(16)))
        assert connection.is_closed_by_peer()

    def test_a_frame_sent_byte_by_byte_is_understood(self, connection):
        for byte in request(18, 0, b""):
            connection.send(bytes([byte]))
        assert connection.receive() is not None

    def test_half_a_frame_and_then_nothing(self, broker, connection):
        connection.send(struct.pack(">i", 1_000) + b"half")
        connection.socket.close()

    def test_many_connections_of_garbage(self, broker):
        for seed in range(50):
            with Connection(broker.port) as connection:
                noise = bytes((seed * 31 + n * n * 17) & 0xFF for n in range(200))
                connection.send(struct.pack(">i", len(noise)) + noise)


class TestApiVersions:
    def test_a_version_beyond_all_is_answered_in_version_0_with_error_35(self, connection):
        answer = connection.api_versions(99, b"\0")
        correlation, error, count = struct.unpack_from(">ihi", answer)
        assert (correlation, error) == (7, UNSUPPORTED_VERSION)
        ranges = {}
        for index in range(count):
            key, low, high = struct.unpack_from(">hhh", answer, 10 + 6 * index)
            ranges[key] = (low, high)
        assert ranges[18][0] == 0
        assert len(answer) == 10 + 6 * count, "nothing follows the list in version 0"
        assert connection.api_versions(0) is not None, "the connection goes on"

    def test_version_0_lists_ranges_that_every_client_can_use(self, connection):
        answer = connection.api_versions(0)
        _, error, count = struct.unpack_from(">ihi", answer)
        assert error == 0
        ranges = {}
        for index in range(count):
            key, low, high = struct.unpack_from(">hhh", answer, 10 + 6 * index)
            assert 0 <= low <= high
            ranges[key] = (low, high)
        assert ranges[0][0] == 0, "librdkafka up to 2.11 compresses only if Produce 0 is offered"
        for api, low, high in [(0, 3, 9), (1, 4, 11), (2, 1, 5), (3, 0, 9), (18, 0, 3), (22, 0, 1)]:
            assert ranges[api][0] <= low and ranges[api][1] >= high, api

    def test_version_3_has_a_header_without_tags(self, connection):
        """Flexible body, old header: the exception that every client relies on."""
        end_of_header, name, version, end_of_body = b"\0", b"\5test", b"\x041.0", b"\0"
        answer = connection.api_versions(3, end_of_header + name + version + end_of_body)
        correlation, error = struct.unpack_from(">ih", answer)
        assert (correlation, error) == (7, 0)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
def test_a_refused_record_does_not_stop_its_producer(broker, topic, client):
    create_topic(broker.bootstrap, topic, max_message_bytes=5_000)
    for turn in range(3):
        with pytest.raises(Refused):
            client.produce(broker.bootstrap, topic, [Record(b"k", b"x" * 6_000)])
        [sent] = client.produce(broker.bootstrap, topic, [Record(b"k", b"x")])
        assert sent.offset == turn


def test_a_null_client_id_is_legal(connection):
    frame = struct.pack(">hhih", 18, 0, 7, -1)
    connection.send(struct.pack(">i", len(frame)) + frame)
    assert connection.receive() is not None


def test_metadata_of_an_illegal_name_is_an_error_of_that_name(connection):
    body = struct.pack(">i", 1) + string("no good") + b"\1"
    connection.send(request(3, 4, body))
    answer = connection.receive()
    at = answer.index(string("no good"))
    assert struct.unpack_from(">h", answer, at - 2) == (17,)
