"""Whether a group's history holds together: what its workers say they did, against what the tables
say they committed. Every check takes a finished `Crew`: its workers have ended.
"""

import collections
import json

#: The clock of a commit is read when its transaction begins, whole milliseconds; the journals'
#: clock is the same one.
CLOCK_SLACK_SECONDS = 0.002


def audit_of(broker, group):
    """The rows of `offset_history`, oldest first."""
    return broker.sql(f"""select * from offset_history where "group" = '{group}' order by id""")


def events_of(broker, group, *kinds):
    """The rows of `group_history`, oldest first."""
    chosen = " or ".join(f"kind = '{kind}'" for kind in kinds) or "true"
    return broker.sql(
        f"""select * from group_history where "group" = '{group}' and ({chosen}) order by id""")


def positions_of(broker, group):
    """{(topic, partition): committed offset}, as the tables have it."""
    rows = broker.sql(
        f"""select topic, partition, committed_offset from consumer_lag
            where "group" = '{group}' and committed_offset is not null""")
    return {(row["topic"], row["partition"]): row["committed_offset"] for row in rows}


def check(broker, crew, ends):
    """All of it. `ends` are {partition: log end offset}."""
    check_every_record_was_processed(crew, ends)
    check_nothing_was_skipped(crew)
    check_positions(broker, crew, ends)
    check_chain(broker, crew.group)
    check_commits_were_of_processed_records(broker, crew)
    check_acknowledged_commits_are_history(broker, crew)
    check_committers_were_members(broker, crew)
    check_one_owner_per_generation(broker, crew.group)


def check_every_record_was_processed(crew, ends):
    processed = {place for worker in crew.workers for place in worker.processed()}
    wanted = {(crew.topic, partition, offset)
              for partition, end in ends.items() for offset in range(end)}
    missing = wanted - processed
    assert not missing, f"{len(missing)} records were never processed: {sorted(missing)[:5]} …"


def check_nothing_was_skipped(crew):
    """While a worker has a partition, it reads it without gaps."""
    for worker in crew.workers:
        expected = {}
        for event in worker.refresh():
            if event["event"] in ("assigned", "revoked", "lost"):
                for partition in event["partitions"]:
                    expected.pop(tuple(partition), None)
            elif event["event"] == "processed":
                place = (event["topic"], event["partition"])
                for offset in event["offsets"]:
                    assert offset <= expected.get(place, offset), (
                        f"{worker.name} jumped from {expected[place]} to {offset} of {place}")
                    expected[place] = offset + 1


def check_positions(broker, crew, ends):
    """What is committed at the end: everything, and nothing that does not exist."""
    wanted = {(crew.topic, partition): end for partition, end in ends.items() if end}
    assert positions_of(broker, crew.group) == wanted


def check_chain(broker, group):
    """Each row begins where the one before it ended, and the last is where the group is."""
    last, epochs = {}, {}
    for row in audit_of(broker, group):
        place = (row["topic"], row["partition"])
        assert row["offset_before"] == last.get(place), f"a gap in the history: {row}"
        assert (row["offset_after"] != row["offset_before"]
                or row["leader_epoch"] != epochs[place] or row["metadata"]), f"no change: {row}"
        last[place], epochs[place] = row["offset_after"], row["leader_epoch"]
    assert {p: o for p, o in last.items() if o is not None} == positions_of(broker, group)


def check_commits_were_of_processed_records(broker, crew):
    """At the time of each commit, every record before it had been processed by somebody."""
    first = {}
    for worker in crew.workers:
        for event in worker.of("processed"):
            for offset in event["offsets"]:
                place = (event["topic"], event["partition"], offset)
                first[place] = min(event["at"], first.get(place, event["at"]))
    reached = collections.defaultdict(lambda: [0.0])  # when all before an offset was processed
    for topic, partition, offset in sorted(first):
        times = reached[topic, partition]
        assert len(times) == offset + 1, f"offset {len(times) - 1} was never processed"
        times.append(max(times[-1], first[topic, partition, offset]))
    for row in audit_of(broker, crew.group):
        times = reached[row["topic"], row["partition"]]
        assert row["offset_after"] < len(times), f"committed beyond what was processed: {row}"
        late = times[row["offset_after"]] - (row["committed_at"] / 1000 + CLOCK_SLACK_SECONDS)
        assert late <= 0, f"committed {late:.3f} s before it was processed: {row}"


def announced(worker):
    """{(topic, partition, offset)} that a worker meant to commit."""
    return {tuple(place) for event in worker.of("committing") for place in event["offsets"]}


def check_acknowledged_commits_are_history(broker, crew):
    rows = {(r["topic"], r["partition"], r["offset_after"]) for r in audit_of(broker, crew.group)}
    for worker in crew.workers:
        for event in worker.of("committed"):
            for place in event["offsets"]:
                assert tuple(place) in rows, f"{worker.name} was told that {place} is committed"


def check_committers_were_members(broker, crew):
    """Each row names a worker that meant that very commit, and a member that had joined."""
    by_name = {worker.name: announced(worker) for worker in crew.workers}
    joined = {}
    for event in events_of(broker, crew.group, "joined", "replaced"):
        joined.setdefault(event["member"], event)
    for row in audit_of(broker, crew.group):
        assert row["source"] == "consumer", row
        place = (row["topic"], row["partition"], row["offset_after"])
        assert place in by_name[row["client"]], f"{row['client']} never meant to commit {row}"
        assert row["member"] in joined, f"by a member that never joined: {row}"
        joining = joined[row["member"]]
        assert joining["client"] == row["client"], (joining, row)
        assert joining["occurred_at"] <= row["committed_at"], (joining, row)
        assert row["generation"] >= 1, row


def check_one_owner_per_generation(broker, group):
    """No partition was given to two members in one generation, or at one epoch; a static member
    that comes back is the same one under a new member id."""
    owners = {}
    for event in events_of(broker, group, "assigned"):
        for topic, partition in json_list(event["partitions"]):
            key = (event["generation"], topic, partition)
            owner = event["instance"] or event["member"]
            assert owners.setdefault(key, owner) == owner, (
                f"{topic}-{partition} has two owners in generation {event['generation']}")


def json_list(text):
    return json.loads(text) if text else []


def check_departures(broker, crew, undisturbed=True):
    """Every worker joined, and how it went is history: those that closed left, those that were
    killed were evicted. Who has no partition may go without a word (librdkafka does in a
    cooperative group), and so may anybody if the broker was away: then the session runs out."""
    went = collections.defaultdict(list)
    for event in events_of(broker, crew.group, "joined", "left", "evicted"):
        went[event["client"]].append(event["kind"])
    for worker in crew.workers:
        events = worker.refresh()
        if any(event["partitions"] for event in worker.of("assigned")):
            assert "joined" in went[worker.name], f"{worker.name} did not join: {went}"
        if "joined" not in went[worker.name]:
            continue
        stopping = [n for n, event in enumerate(events) if event["event"] == "stopping"]
        if not worker.of("closed"):
            expected = {"evicted"}
        elif undisturbed and held(events[:stopping[0]]):
            expected = {"left"}
        else:
            expected = {"left", "evicted"}
        assert went[worker.name][-1] in expected, (
            f"{worker.name} should be {expected}: {went[worker.name]}")


def held(events):
    """The partitions that a worker has after these events of its journal."""
    partitions = set()
    for event in events:
        if event["event"] == "assigned":
            partitions |= {tuple(p) for p in event["partitions"]}
        elif event["event"] in ("revoked", "lost"):
            partitions -= {tuple(p) for p in event["partitions"]}
    return partitions
