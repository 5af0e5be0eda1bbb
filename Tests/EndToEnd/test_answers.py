"""Answers that would be large, and clients that do not take theirs: neither costs anybody else."""

import contextlib
import pathlib
import socket
import struct
import threading
import time

import pytest

from clients import create_topic
from group_wire import (
    Api, Connection, DESCRIBE_GROUPS, HEARTBEAT, JOIN, LIST_GROUPS, OFFSET_COMMIT, OFFSET_FETCH, SYNC,
)
from wire import METADATA, batch, fetch_request, request, string

TOO_LARGE = 44
MEBIBYTE = 1 << 20
#: What one request may cost the process.
MEMORY = 64 * MEBIBYTE
#: What others may notice of it.
SECONDS = 1.0

DESCRIBE_CONFIGS = Api(
    32, range(1, 5), 4,
    "resources:[ resource_type:int8 resource_name:string configuration_keys:[]string? ]"
    " include_synonyms:bool include_documentation:bool@3",
    "throttle_time_ms:int32 results:[ error_code:int16 error_message:string? resource_type:int8"
    " resource_name:string configs:[ name:string value:string? read_only:bool config_source:int8"
    " is_sensitive:bool synonyms:[ name:string value:string? source:int8 ]"
    " config_type:int8@3 documentation:string?@3 ] ]")


def join(broker, group, metadata=b"", session=6_000):
    """The connection, generation and id of a stable group's only member."""
    connection = Connection(broker.port)
    values = {
        "group_id": group, "session_timeout_ms": session, "rebalance_timeout_ms": 10_000,
        "protocol_type": "consumer", "protocols": [{"name": "range", "metadata": metadata}]}
    answer = connection.ask(JOIN, 3, member_id="", **values)
    assert answer["error_code"] == 0, answer["error_code"]
    member, generation = answer["member_id"], answer["generation_id"]
    synced = connection.ask(
        SYNC, 2, group_id=group, generation_id=generation, member_id=member,
        assignments=[{"member_id": member, "assignment": b"mine"}])
    assert synced["error_code"] == 0
    return connection, generation, member


class Healthy:
    """A member that does nothing but live, on each of several connections, and looks at the clock."""

    def __init__(self, broker, count=3):
        self.members = [join(broker, f"healthy-{n}") for n in range(count)]
        self.latencies, self.codes = [], set()
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.live, args=m) for m in self.members]

    def live(self, connection, generation, member):
        group = f"healthy-{[m[2] for m in self.members].index(member)}"
        while True:
            began = time.monotonic()
            answer = connection.ask(
                HEARTBEAT, 3, group_id=group, generation_id=generation, member_id=member)
            self.latencies.append(time.monotonic() - began)
            self.codes.add(answer["error_code"])
            if self.ended.wait(0.02):
                return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def check(self):
        assert self.codes == {0}, "a healthy member was thrown out"
        assert max(self.latencies) < SECONDS, f"a heartbeat took {max(self.latencies):.2f} s"


class Cost:
    """What the process takes more at its most, while something is done."""

    def __init__(self, broker):
        self.broker = broker

    def __enter__(self):
        pathlib.Path(f"/proc/{self.broker.pid}/clear_refs").write_text("5")
        self.before = self.broker.memory()
        return self

    def __exit__(self, *_):
        self.bytes = (self.broker.memory("VmHWM") - self.before) * 1024


def many(names):
    return struct.pack(">i", len(names)) + b"".join(string(name) for name in names)


def ask_together(broker, frame, count=1):
    """The answers to the same request from so many connections at once; each is read slowly enough to
    wait for the other."""
    answers = [None] * count

    def ask(index):
        with Connection(broker.port, timeout=60) as connection:
            connection.send(frame)
            answers[index] = connection.receive()

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def check(broker, frame, count=1, memory=MEMORY):
    """The answer to a request, after it was asked that often at once and nobody else noticed."""
    with Healthy(broker) as healthy, Cost(broker) as cost:
        answers = ask_together(broker, frame, count)
    healthy.check()
    assert cost.bytes < memory, f"{cost.bytes >> 20} MiB"
    assert all(answers), "no answer"
    return answers[0]


class TestSmallRequests:
    @pytest.fixture(scope="class")
    def large(self, tmp_path_factory):
        """A broker with much to tell: a topic of 1,000 partitions, groups that say 900 KB of themselves,
        positions with words."""
        from broker import Broker
        broker = Broker(tmp_path_factory.mktemp("large"), ["group.max.session.timeout.ms=1800000"])
        broker.start()
        create_topic(broker.bootstrap, "wide", partitions=1_000)
        metadata = bytes(900_000)
        broker.members = [
            join(broker, f"large-{n}", metadata, session=600_000) for n in range(50)]
        self.commit(broker)
        yield broker
        broker.close()

    @staticmethod
    def commit(broker):
        with Connection(broker.port) as connection:
            for group in range(20):
                answer = connection.ask(
                    OFFSET_COMMIT, 7, group_id=f"words-{group}", generation_id=-1, member_id="",
                    topics=[{"name": "wide", "partitions": [
                        {"partition": n, "offset": n, "leader_epoch": -1, "metadata": "m" * 4_000}
                        for n in range(200)]}])
                assert answer["topics"][0]["partitions"][0]["error_code"] == 0

    @pytest.mark.parametrize("count", [1, 4])
    def test_metadata_of_one_topic_30_000_times(self, large, count):
        answer = check(large, request(METADATA, 1, many(["wide"] * 30_000)), count)
        assert answer.count(b"wide") == 1

    def test_metadata_of_all(self, large):
        frame = request(METADATA, 1, struct.pack(">i", -1))
        assert len(check(large, frame, count=10)) > 26_000

    @pytest.mark.parametrize("count", [1, 4])
    def test_one_large_group_200_times(self, large, count):
        names = ["large-0"] * 200
        answer = DESCRIBE_GROUPS.decode(
            0, check(large, request(15, 0, many(names)), count))
        codes = [group["error_code"] for group in answer["groups"]]
        assert [group["group_id"] for group in answer["groups"]] == names
        assert set(codes) == {0, TOO_LARGE} and codes[0] == 0 and codes[-1] == TOO_LARGE
        for group in answer["groups"]:
            if group["error_code"] == 0:
                assert len(group["members"][0]["member_metadata"]) == 900_000

    def test_many_large_groups(self, large):
        names = [f"large-{n}" for n in range(50)] + ["healthy-0"]
        answer = DESCRIBE_GROUPS.decode(0, check(large, request(15, 0, many(names))))
        codes = [group["error_code"] for group in answer["groups"]]
        assert codes[:30] == [0] * 30 and codes[40:50] == [TOO_LARGE] * 10 and codes[50] == 0

    def test_a_small_group_30_000_times(self, large):
        answer = check(large, request(15, 0, many(["healthy-0"] * 30_000)))
        assert answer.count(b"healthy-0") == 30_000

    def test_all_positions_of_many_groups(self, large):
        groups = [{"group_id": f"words-{n % 20}", "topics": None} for n in range(2_000)]
        frame = OFFSET_FETCH.encode(8, {"groups": groups})
        answer = OFFSET_FETCH.decode(8, check(large, frame, count=2))
        codes = [group["error_code"] for group in answer["groups"]]
        assert codes[0] == 0 and codes[-1] == TOO_LARGE
        assert len(answer["groups"][0]["topics"][0]["partitions"]) == 200

    def test_one_position_many_times(self, large):
        groups = [{"group_id": "words-0", "topics": [{"name": "wide", "partitions": [3] * 90_000}]}]
        answer = OFFSET_FETCH.decode(
            8, check(large, OFFSET_FETCH.encode(8, {"groups": groups})))
        assert answer["groups"][0]["error_code"] == TOO_LARGE

    @pytest.mark.parametrize("kind, name", [(2, "wide"), (4, "1")])
    def test_configurations(self, large, kind, name):
        resources = [{"resource_type": kind, "resource_name": name, "configuration_keys": None}]
        frame = DESCRIBE_CONFIGS.encode(3, {
            "resources": resources * 20_000, "include_synonyms": True,
            "include_documentation": True})
        answer = DESCRIBE_CONFIGS.decode(3, check(large, frame))
        codes = [result["error_code"] for result in answer["results"]]
        assert len(codes) == 20_000 and codes[0] == 0 and codes[-1] == TOO_LARGE

    def test_coordinators(self, large):
        keys = b"\x00" + b"\xa1\x8d\x06" + b"\x02k" * 100_000 + b"\x00"
        frame = struct.pack(">hhi", 10, 4, 7) + string("by-hand") + b"\0" + keys
        answer = check(large, struct.pack(">i", len(frame)) + frame)
        assert answer.count(b"127.0.0.1") == 100_000

    def test_pages_of_partitions(self, large):
        page = b"\x01" + struct.pack(">i", 1_000_000) + b"\xff\x00"
        frame = struct.pack(">hhi", 75, 0, 7) + string("by-hand") + b"\0" + page
        assert len(check(large, struct.pack(">i", len(frame)) + frame, count=10)) > 20_000

    def test_groups_by_the_thousand(self, own_broker):
        broker = own_broker()
        create_topic(broker.bootstrap, "t")
        with Connection(broker.port) as connection:
            frames = [OFFSET_COMMIT.encode(7, {
                "group_id": f"group-{n:0>200}", "generation_id": -1, "member_id": "",
                "topics": [{"name": "t", "partitions": [{"partition": 0, "offset": 1}]}],
            }) for n in range(15_000)]
            for start in range(0, len(frames), 50):
                part = frames[start:start + 50]
                connection.send(b"".join(part))
                for _ in part:
                    assert connection.receive()
        answer = LIST_GROUPS.decode(4, check(broker, LIST_GROUPS.encode(4, {}), count=4))
        # And those of the members that look at the clock.
        assert len(answer["groups"]) == 15_003
        names = [f"group-{n:0>200}" for n in range(15_000)]
        described = DESCRIBE_GROUPS.decode(0, check(broker, request(15, 0, many(names))))
        assert {group["group_state"] for group in described["groups"]} == {"Empty"}
        groups = [{"group_id": name, "topics": None} for name in names]
        fetched = OFFSET_FETCH.decode(8, check(broker, OFFSET_FETCH.encode(8, {"groups": groups})))
        assert all(group["topics"] for group in fetched["groups"])


class TestUnreadAnswers:
    """Clients that ask for records and do not read them, while others do."""

    BATCHES = 60

    @pytest.fixture(params=["small batches", "large batches"])
    def filled(self, request, own_broker):
        broker = own_broker()
        create_topic(broker.bootstrap, "filled")
        size = 900_000 if request.param == "large batches" else 30_000
        broker.batches = self.BATCHES * (900_000 // size)
        records = batch([bytes(size)])
        with Connection(broker.port) as connection:
            for _ in range(broker.batches):
                assert connection.produce("filled", records)[0] == 0
        return broker

    @staticmethod
    def rate(broker, seconds=3, consumers=4):
        """Fetches a second of consumers that read what they get, together."""
        counts = [0] * consumers

        def consume(index):
            with Connection(broker.port, timeout=30) as connection:
                offset, deadline = 0, time.monotonic() + seconds
                while time.monotonic() < deadline:
                    error, records = connection.fetch(
                        "filled", offset, max_bytes=MEBIBYTE, partition_bytes=MEBIBYTE)
                    assert error == 0 and records
                    counts[index] += 1
                    offset = (offset + 7) % broker.batches

        threads = [threading.Thread(target=consume, args=(n,)) for n in range(consumers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert min(counts) > 0, "a consumer got nothing"
        return sum(counts) / seconds

    @staticmethod
    @contextlib.contextmanager
    def crowd(broker, count, pipelined, bytes_a_second=0):
        """Connections that send that many fetches each and do not read, or hardly."""
        frame = fetch_request(
            "filled", 0, max_bytes=50 * MEBIBYTE, partition_bytes=50 * MEBIBYTE)
        sockets, ended = [], threading.Event()
        for _ in range(count):
            peer = socket.socket()
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            peer.connect(("127.0.0.1", broker.port))
            peer.sendall(frame * pipelined)
            sockets.append(peer)

        def trickle():
            while not ended.wait(1):
                for peer in sockets:
                    with contextlib.suppress(OSError):
                        peer.recv(bytes_a_second, socket.MSG_DONTWAIT)

        thread = threading.Thread(target=trickle) if bytes_a_second else None
        if thread:
            thread.start()
        time.sleep(1)
        yield
        ended.set()
        if thread:
            thread.join()
        for peer in sockets:
            peer.close()

    @pytest.mark.parametrize("count, pipelined, bytes_a_second", [
        (20, 1, 0), (20, 300, 0), (20, 20, 1_000), (200, 5, 0), (200, 5, 1_000),
    ])
    def test_others_do_not_notice(self, filled, count, pipelined, bytes_a_second):
        alone = self.rate(filled)
        with Cost(filled) as cost, self.crowd(filled, count, pipelined, bytes_a_second):
            beside = self.rate(filled)
            later = self.rate(filled)
        # Two hundred first batches that are larger than what the system takes of them use up all room
        # there is, until those connections are closed, after two to five seconds.
        fills_all = count == 200 and filled.batches == self.BATCHES
        assert later > alone / 2 and (fills_all or beside > alone / 2), (
            f"{alone:.0f} {beside:.0f} {later:.0f}")
        assert cost.bytes < 160 * MEBIBYTE, f"{cost.bytes >> 20} MiB"
