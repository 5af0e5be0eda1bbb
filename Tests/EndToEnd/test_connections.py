"""Connections in numbers: no descriptor left for one more; peers that go in every bad way."""

import random
import socket
import statistics
import struct
import time

import pytest

from clients import create_topic, retrying
from wire import API_VERSIONS, Connection, batch, fetch_request, produce_request, request

HELLO = request(API_VERSIONS, 0, b"")
#: Batches of nearly a megabyte, of which a cache of 4 MiB holds the last ones.
FILLED = 8


def is_served(connection, seconds=1):
    """Whether a request is answered; not if the broker closes or is silent."""
    connection.socket.settimeout(seconds)
    try:
        connection.send(HELLO)
        return connection.receive() is not None
    except (TimeoutError, BrokenPipeError, ConnectionResetError):
        return False


class TestNoDescriptorLeft:
    """The broker may open so few files that some connections take them all."""

    LIMIT = 64
    LATE = 8

    @pytest.fixture
    def broker(self, own_broker):
        broker = own_broker(start=False)
        command = broker.command()
        broker.command = lambda: [
            "bash", "-c", f'ulimit -n {self.LIMIT} && exec "$@"', "bash", *command]
        return broker.start()

    @pytest.fixture
    def crowd(self, broker):
        """Connections that are served, as many as there is room for."""
        create_topic(broker.bootstrap, "crowded")
        served = []
        while True:
            connection = Connection(broker.port)
            if not is_served(connection):
                connection.socket.close()
                break
            served.append(connection)
            assert len(served) < self.LIMIT, "the limit does not bind"
        assert len(served) >= 10, "there was room for next to nobody"
        yield served
        for connection in served:
            connection.socket.close()

    @pytest.fixture
    def late(self, broker, crowd):
        """Who comes when there is no room, asking at once."""
        came = []
        for _ in range(self.LATE):
            connection = Connection(broker.port)
            came.append(connection)
            try:
                connection.send(HELLO)
            except (BrokenPipeError, ConnectionResetError):
                pass  # closed at once
        yield came
        for connection in came:
            connection.socket.close()

    def test_those_who_are_connected_are_served(self, crowd, late):
        for number, connection in enumerate(crowd):
            assert connection.produce("crowded", batch([b"%d" % number])) == (0, number)
        for connection in crowd:
            error, records = connection.fetch("crowded", 0)
            assert error == 0 and records

    def test_it_costs_no_processor(self, broker, crowd, late):
        before, began = broker.processor_seconds(), time.monotonic()
        time.sleep(2)
        share = (broker.processor_seconds() - before) / (time.monotonic() - began)
        assert share < 0.1, f"{share:.0%} of a core while nothing happens"

    def test_accepting_goes_on_by_itself(self, broker, crowd, late):
        assert len(crowd) > self.LATE
        while crowd:
            crowd.pop().socket.close()
        for connection in late:  # those who were left waiting; nobody else comes meanwhile
            connection.socket.settimeout(5)
            connection.receive()  # an answer or the end; a timeout fails here

        def somebody_is_served():
            with Connection(broker.port) as connection:
                return is_served(connection)

        assert retrying(5, somebody_is_served)

    def test_it_can_happen_again_and_again(self, broker, crowd):
        enough = len(crowd) - 2  # the broker may have opened a file of its own meanwhile

        def enough_are_served():
            """Whoever is refused, because others are still leaving, tries again."""
            connection = Connection(broker.port)
            if is_served(connection):
                crowd.append(connection)
            else:
                connection.socket.close()
            return len(crowd) >= enough

        for _ in range(5):
            while crowd:
                crowd.pop().socket.close()
            assert retrying(10, enough_are_served)
            while is_served(one_more := Connection(broker.port), seconds=0.2):
                crowd.append(one_more)
            one_more.socket.close()


class BadPeers:
    """Connections that end badly, in every phase of a request's life."""

    def __init__(self, broker, seed):
        self.port = broker.port
        self.random = random.Random(seed)
        self.slow = []
        self.kinds = [
            self.leaves, self.resets, self.asks_and_leaves, self.asks_and_half_closes,
            self.resets_during_answers, self.resets_before_answers, self.resets_within_a_frame,
            self.takes_nothing, self.leaves_while_waiting, self.resets_while_waiting,
            self.resets_while_nobody_reads,
        ]

    def come_and_go(self, count):
        for number in range(count):
            peer = socket.socket()
            # Small, so that answers stay in the broker.
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
            peer.settimeout(10)
            peer.connect(("127.0.0.1", self.port))
            self.kinds[number % len(self.kinds)](peer)
        while self.slow:
            self.end(self.slow.pop())

    def large_answer(self):
        """A request for a megabyte; from the tables, or out of the cache."""
        return fetch_request("filled", self.random.choice([0, FILLED - 1]))

    @staticmethod
    def reset(peer):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    def end(self, peer):
        self.random.choice([self.reset, socket.socket.close])(peer)

    def leaves(self, peer):
        peer.close()

    def resets(self, peer):
        self.reset(peer)

    def asks_and_leaves(self, peer):
        peer.sendall(HELLO)
        assert peer.recv(4)
        self.end(peer)

    def asks_and_half_closes(self, peer):
        """Is still answered, and then the broker closes."""
        peer.sendall(HELLO)
        peer.shutdown(socket.SHUT_WR)
        answer = b""
        while more := peer.recv(4_096):
            answer += more
        assert struct.unpack_from(">i", answer) == (len(answer) - 4,)
        peer.close()

    def resets_during_answers(self, peer):
        peer.sendall(self.large_answer() * 6)
        assert peer.recv(1_000)
        self.reset(peer)

    def resets_before_answers(self, peer):
        """These come from another thread, and nobody is there any more."""
        peer.sendall(produce_request("written", batch([b"x" * 100])) * 3)
        self.reset(peer)

    def resets_within_a_frame(self, peer):
        frame = produce_request("written", bytes(1_000_000))
        peer.sendall(frame[:self.random.randrange(1, len(frame))])
        self.reset(peer)

    def takes_nothing(self, peer):
        """For as long as it takes others to come."""
        peer.sendall(self.large_answer() * 3)
        self.slow.append(peer)
        if len(self.slow) > 4:
            self.end(self.slow.pop(0))

    def leaves_while_waiting(self, peer):
        """As far as the broker can tell it waits for its answer, which comes soon."""
        peer.sendall(fetch_request("empty", 0, max_wait=200))
        peer.close()

    def resets_while_waiting(self, peer):
        peer.sendall(fetch_request("empty", 0, max_wait=60_000))
        self.reset(peer)

    def resets_while_nobody_reads(self, peer):
        """More requests than the broker takes from one connection, and none is answered yet."""
        peer.sendall(fetch_request("empty", 0, max_wait=60_000) + HELLO * 200)
        self.reset(peer)


def test_ten_thousand_bad_peers_leave_nothing_behind(own_broker):
    # A cache that is full before memory is looked at.
    broker = own_broker(f"acta.tail.cache.bytes={4 << 20}")
    for topic in ("filled", "written", "empty"):
        create_topic(broker.bootstrap, topic)
    with Connection(broker.port) as filler:
        for number in range(FILLED):
            assert filler.produce("filled", batch([bytes(900_000)])) == (0, number)
    peers = BadPeers(broker, seed=9)
    resident = []
    with Connection(broker.port) as beside:
        assert beside.api_versions() is not None, "the broker has taken it in"
        open_before = broker.descriptors()
        for _ in range(15):
            peers.come_and_go(1_000)
            assert retrying(10, lambda: broker.descriptors() <= open_before), broker.descriptors()
            resident.append(broker.memory())
        assert beside.api_versions() is not None, "one who was there throughout"
    # Two rounds to warm up; then three at each end, since a single look may meet a large answer.
    early, late = statistics.median(resident[2:5]), statistics.median(resident[-3:])
    print(f"{open_before} descriptors; KiB resident after each thousand: {resident}")
    assert late - early < 4_096, resident
    assert broker.stop() == 0
