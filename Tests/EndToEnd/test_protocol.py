"""What clients say that no document foresees, answered as Kafka answers it; made by hand, or by the client that was seen to say it."""

import os
import struct

import confluent_kafka
import pytest

from clients import Confluent, create_topic
from wire import Connection, batch, crc32c, record, request, string, varint

METADATA, CREATE_TOPICS, DELETE_TOPICS, DESCRIBE_LOG_DIRS, SHARE_FETCH = 3, 19, 20, 35, 78
INVALID_TOPIC, INVALID_REQUEST, POLICY_VIOLATION, UNSUPPORTED_COMPRESSION = 17, 42, 44, 76
UNKNOWN_TOPIC, INVALID_RECORD = 3, 87


@pytest.fixture
def connection(broker, topic):
    create_topic(broker.bootstrap, topic)
    with Connection(broker.port) as connection:
        yield connection


def compressed(codec, count, records):
    """A batch whose records are compressed already."""
    checked = struct.pack(
        ">hiqqqhii", codec, count - 1, 1_700_000_000_000, 1_700_000_000_000, -1, -1, -1, count)
    checked += records
    return struct.pack(">qiibI", 0, 9 + len(checked), -1, 2, crc32c(checked)) + checked


def metadata(*names, version=1):
    body = struct.pack(">i", len(names)) + b"".join(
        struct.pack(">h", len(name)) + name for name in names)
    return request(METADATA, version, body + (b"\1" if version >= 4 else b""))


def metadata_topic(answer, node_host="127.0.0.1"):
    """(error code, name, is internal) of the only topic of a Metadata v1 answer."""
    at = 4 + 4 + 4 + 2 + len(node_host) + 4 + 2 + 4 + 4
    code, length = struct.unpack_from(">hh", answer, at)
    name = answer[at + 4:at + 4 + length]
    return code, name, answer[at + 4 + length]


class TestText:
    def test_a_client_id_that_is_not_utf8_is_answered(self, connection):
        frame = struct.pack(">hhi", 18, 0, 7) + struct.pack(">h", 3) + b"a\xffb"
        for _ in range(2):
            connection.send(struct.pack(">i", len(frame)) + frame)
            assert struct.unpack_from(">ih", connection.receive()) == (7, 0)

    def test_a_name_that_is_not_utf8_is_answered_by_name(self, connection):
        connection.send(metadata(b"a\xffb"))
        code, name, _ = metadata_topic(connection.receive())
        assert (code, name) == (INVALID_TOPIC, "a\ufffdb".encode())
        assert connection.api_versions() is not None

    def test_header_names_are_bytes(self, own_broker, topic):
        def with_headers(delta, headers):
            body = b"\0" + varint(0) + varint(delta) + varint(-1) + varint(1) + b"v"
            body += varint(len(headers))
            for name, value in headers:
                body += varint(len(name)) + name + varint(len(value)) + value
            return varint(len(body)) + body

        records = with_headers(0, [(b"a\xff\0", b"1"), (b"plain", b"2")])
        sent = compressed(0, 2, records + with_headers(1, [(b"\xed\xa0\x80", b"")]))
        broker = own_broker()
        create_topic(broker.bootstrap, topic)
        with Connection(broker.port) as connection:
            assert connection.produce(topic, sent) == (0, 0)
            assert connection.fetch(topic, 0)[1][21:] == sent[21:]
        broker.restart()
        with Connection(broker.port) as connection:
            error, received = connection.fetch(topic, 0)
        assert (error, received[17:]) == (0, sent[17:]), "CRC and all that it covers"
        shown = broker.sql(f"select headers from messages where topic = '{topic}' order by offset")
        assert [row["headers"] for row in shown] == [
            '[[{"base64":"Yf8A"},"1"],["plain","2"]]', '[[{"base64":"7aCA"},""]]']


class TestConflicts:
    def test_a_topic_named_twice_is_not_deleted(self, broker, connection, topic):
        names = [topic, topic, f"{topic}-absent"]
        body = struct.pack(">i", 3) + b"".join(map(string, names)) + struct.pack(">i", 5_000)
        connection.send(request(DELETE_TOPICS, 1, body))
        answer = connection.receive()
        [count] = struct.unpack_from(">i", answer, 8)
        assert count == 2, "one answer for each name"
        assert struct.unpack_from(">h", answer, 12 + 2 + len(topic)) == (INVALID_REQUEST,)
        assert broker.scalar(f"select count(*) from topic_sizes where topic = '{topic}'") == 1

    def test_validation_refuses_what_creation_would(self, connection, topic):
        name = f"{topic}-huge"
        answers = []
        for validates in (True, False):
            body = struct.pack(">i", 1) + string(name) + struct.pack(">ihii", 99_999, 1, 0, 0)
            connection.send(request(CREATE_TOPICS, 2, body + struct.pack(">i?", 30_000, validates)))
            answer = connection.receive()
            at = 4 + 4 + 4 + 2 + len(name)
            code, length = struct.unpack_from(">hh", answer, at)
            answers.append((code, answer[at + 4:at + 4 + length].decode()))
        assert answers[0][0] == POLICY_VIOLATION
        assert answers[0][1].startswith("This broker holds no more partitions than 20000: ")
        assert answers[0] == answers[1]

    @pytest.mark.parametrize(
        "name", ["__consumer_offsets", "__transaction_state", "__share_group_state"])
    def test_kafkas_own_topics_are_not_made_in_passing(self, broker, connection, name):
        connection.send(metadata(name.encode()))
        assert metadata_topic(connection.receive()) == (UNKNOWN_TOPIC, name.encode(), 1)
        assert broker.scalar(f"select count(*) from topic_sizes where topic = '{name}'") == 0


class TestCompression:
    @pytest.mark.parametrize("window_log, code", [(10, 0), (23, 0), (24, 0), (27, 0), (28, INVALID_RECORD)])
    def test_zstd_windows_of_the_highest_levels_are_taken(
            self, broker, connection, topic, window_log, code):
        """Levels 20 to 22 declare up to 2^27, whatever they fill of it. A frame of one stored block."""
        records = record(0, None, b"v" * 1_000)
        frame = b"\x28\xb5\x2f\xfd\0" + bytes([(window_log - 10) << 3])
        frame += struct.pack("<I", len(records) << 3 | 1)[:3] + records
        before = broker.memory()
        answer = connection.produce(topic, compressed(4, 1, frame), version=7)
        assert answer == (code, 0 if code == 0 else -1)
        assert broker.memory() - before < 32 << 10, "KiB: what is declared is not taken"
        found = Confluent.consume(broker.bootstrap, topic, 1) if code == 0 else []
        assert [one.value for one in found] == ([b"v" * 1_000] if code == 0 else [])

    def test_a_fetch_older_than_zstd_is_told_so(self, broker, connection, topic):
        producer = Confluent.producer(broker.bootstrap, **{"compression.type": "zstd"})
        assert connection.produce(topic, batch([b"plain"])) == (0, 0)
        producer.produce(topic, b"v" * 1_000)
        producer.flush(10)
        error, records = connection.fetch(topic, 0)
        assert (error, len(records)) == (0, len(batch([b"plain"]))), "what it can read"
        assert connection.fetch(topic, 1)[0] == UNSUPPORTED_COMPRESSION


class TestUnserved:
    def test_an_api_that_is_not_served_is_named_once(self, own_broker):
        broker = own_broker()
        for _ in range(3):
            with Connection(broker.port) as connection:
                connection.send(request(SHARE_FETCH, 1, b""))
                assert connection.is_closed_by_peer()
        line = "ShareFetch (API 78) version 1, which client 'by-hand' asked for, is not served"
        assert broker.log().count(line) == 1


class TestPositionsOutsideGroups:
    def test_a_consumer_that_assigns_itself_commits_again_and_again(self, broker, connection, topic):
        """With the new protocol librdkafka has a member id, whether it joins or not."""
        consumer = confluent_kafka.Consumer({
            "bootstrap.servers": broker.bootstrap, "group.id": f"{topic}-group",
            "group.protocol": "consumer"})
        consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
        for offset in (3, 5, 7):
            [done] = consumer.commit(
                offsets=[confluent_kafka.TopicPartition(topic, 0, offset)], asynchronous=False)
            assert (done.error, done.offset) == (None, offset)
        consumer.close()


class TestLogDirectories:
    def test_the_volumes_bytes_are_the_systems(self, broker, connection):
        frame = struct.pack(">hhi", DESCRIBE_LOG_DIRS, 4, 7) + string("by-hand") + b"\0\0\0"
        connection.send(struct.pack(">i", len(frame)) + frame)
        # At the end: the two numbers, the tags of the directory, the tags of the answer.
        total, usable = struct.unpack(">qq", connection.receive()[-18:-2])
        volume = os.statvfs(broker.data)
        assert total == volume.f_blocks * volume.f_frsize
        assert 0 < usable <= volume.f_bfree * volume.f_frsize
