"""Many groups, and many members."""

import selectors
import time

import history
from clients import ask_admin, create_topic
from group_wire import HEARTBEAT, JOIN, OFFSET_COMMIT, SYNC, Connection
from test_groups_wire import MEMBER_ID_REQUIRED, REBALANCING

GROUPS, MEMBERS = 10_000, 500
BYTES_PER_GROUP = 4_096
START_SECONDS = 5


def commit_for(broker, names, topic, connections=50):
    """A commit for each group by somebody who is no member; many connections at once, so that many
    commits are one transaction."""
    names = list(names)
    place = {"name": topic, "partitions": [{"partition": 0, "offset": 1, "leader_epoch": -1}]}
    opened = [Connection(broker.port) for _ in range(connections)]
    for begin in range(0, len(names), connections):
        some = list(zip(opened, names[begin:begin + connections]))
        for connection, name in some:
            connection.send(OFFSET_COMMIT.encode(9, {
                "group_id": name, "generation_id": -1, "topics": [place]}))
        for connection, _ in some:
            answer = connection.answer(OFFSET_COMMIT, 9)
            assert answer["topics"][0]["partitions"][0]["error_code"] == 0
    for connection in opened:
        connection.socket.close()


def test_ten_thousand_groups(own_broker):
    broker = own_broker()
    create_topic(broker.bootstrap, "shared")
    commit_for(broker, (f"first-{n}" for n in range(500)), "shared")
    broker.restart()
    few = broker.memory()
    commit_for(broker, (f"group-{n}" for n in range(GROUPS)), "shared")
    many = broker.memory()
    per_group = (many - few) * 1024 / GROUPS
    print(f"{few} KiB before, {many} KiB after: {per_group:.0f} bytes a group")
    assert per_group < BYTES_PER_GROUP

    listed = ask_admin(broker.bootstrap, "list_consumer_groups", request_timeout=20)
    assert len(listed.valid) == GROUPS + 500
    assert broker.scalar("select count(*) from group_overview") == GROUPS + 500
    assert broker.scalar("select count(*) from consumer_lag where lag = -1") == GROUPS + 500

    broker.stop()
    began = time.monotonic()
    broker.start()
    took = time.monotonic() - began
    after = broker.memory()
    print(f"started in {took:.2f} s, then {after} KiB")
    assert took < START_SECONDS
    assert (after - few) * 1024 / GROUPS < BYTES_PER_GROUP
    commit_for(broker, ["group-77"], "shared")
    assert history.positions_of(broker, "group-77") == {("shared", 0): 1}
    assert len(history.audit_of(broker, "group-77")) == 1


class Light:
    """A member that needs no thread: it sends what the last answer calls for."""

    def __init__(self, broker, group):
        self.connection = Connection(broker.port)
        self.group, self.id, self.generation, self.assignment = group, "", -1, None
        self.is_leader = False

    def join(self):
        self.assignment = None
        self.awaits = JOIN
        self.connection.send(JOIN.encode(9, {
            "group_id": self.group, "session_timeout_ms": 60_000, "rebalance_timeout_ms": 60_000,
            "member_id": self.id, "protocol_type": "consumer",
            "protocols": [{"name": "own", "metadata": b""}]}))

    def beat(self):
        self.awaits = HEARTBEAT
        self.connection.send(HEARTBEAT.encode(4, {
            "group_id": self.group, "generation_id": self.generation, "member_id": self.id}))

    def on_answer(self):
        answer = self.connection.answer(self.awaits)
        code = answer["error_code"]
        if self.awaits is JOIN and code == 0:
            self.id, self.generation = answer["member_id"], answer["generation_id"]
            self.is_leader = answer["leader"] == self.id
            self.awaits = SYNC
            shares = [{"member_id": m["member_id"], "assignment": m["member_id"].encode()}
                      for m in answer["members"]]
            self.connection.send(SYNC.encode(5, {
                "group_id": self.group, "generation_id": self.generation, "member_id": self.id,
                "protocol_type": "consumer", "protocol_name": "own", "assignments": shares}))
        elif self.awaits is JOIN:
            assert code == MEMBER_ID_REQUIRED, code
            self.id = answer["member_id"]
            self.join()
        elif code == REBALANCING:
            self.join()
        else:
            assert code == 0, (self.awaits.key, code)
            if self.awaits is SYNC:
                self.assignment = answer["assignment"]
            self.awaits = None


def test_a_group_of_500_members_completes_its_rounds(own_broker):
    broker = own_broker()
    members = [Light(broker, "crowd") for _ in range(MEMBERS)]
    loop = selectors.DefaultSelector()
    for member in members:
        loop.register(member.connection.socket, selectors.EVENT_READ, member)

    def work(seconds, until):
        """Until everybody has an answer and `until` holds; those at rest send heartbeats."""
        deadline, next_beat = time.monotonic() + seconds, time.monotonic() + 0.2
        while not until():
            assert time.monotonic() < deadline, broker.sql(
                "select state, generation, members from group_overview")
            for key, _ in loop.select(0.05):
                key.data.on_answer()
            if time.monotonic() >= next_beat:
                for member in members:
                    if member.awaits is None:
                        member.beat()
                next_beat = time.monotonic() + 0.2

    def settled():
        return (all(m.assignment == m.id.encode() for m in members)
                and len({m.generation for m in members}) == 1)

    began = time.monotonic()
    for member in members:
        member.join()
    work(60, settled)
    joined = time.monotonic() - began
    [row] = broker.sql("select state, generation, members from group_overview")
    assert (row["state"], row["members"]) == ("Stable", MEMBERS)

    # One more round, with everybody there from the beginning.
    began = time.monotonic()
    generation = row["generation"]
    [leader] = [member for member in members if member.is_leader]
    leader.join()
    work(60, lambda: settled() and members[0].generation > generation)
    print(f"joined in {joined:.1f} s, a round took {time.monotonic() - began:.2f} s")
    assert len({m.id for m in members}) == MEMBERS
    for member in members:
        member.connection.socket.close()
