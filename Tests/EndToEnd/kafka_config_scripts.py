"""What the two brokers are asked about configurations that change while they run."""

import time

from kafka_differences import WANTED, Difference
from kafka_scripts import asker, script

PATIENCE_SECONDS = 10
WANTED += [
    Difference("IncrementalAlterConfigs", r"Responses\.Error(Code|Message)", "Of an operation that it does "
               "not know Kafka ends in an exception; it is an invalid request.",
               title=".*: operation 9 to a number of a (topic|group)"),
]

SET, DELETE, APPEND, SUBTRACT = range(4)
TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32
CONTROLLER = "org.apache.kafka.controller"


def changes(*configs):
    return [{"Name": name, "ConfigOperation": how, "Value": value} for how, name, value in configs]


def resource(kind, name, *configs):
    return {"ResourceType": kind, "ResourceName": name, "Configs": changes(*configs)}


def set_of(kind, name, **configs):
    return resource(kind, name, *[(SET, key.replace("_", "."), value)
                                  for key, value in configs.items()])


def shown(peer, title, kind, name, **expected):
    """What a resource has of some keys, once it is as expected: Kafka's brokers learn of changes a little
    after they are answered. A value with its source, or None where the key is not shown as set there.
    """
    keys = {key.replace("_", "."): value for key, value in expected.items()}
    deadline = time.monotonic() + PATIENCE_SECONDS
    is_expected = False
    while True:
        answer = peer.do("DescribeConfigs", {
            "Resources": [{"ResourceType": kind, "ResourceName": name,
                           "ConfigurationKeys": list(keys) or None}],
            "IncludeSynonyms": True}, 4)
        configs = {one["Name"]: (one["Value"], one["ConfigSource"])
                   for one in answer["Results"][0]["Configs"]}
        was_expected, is_expected = is_expected, all(
            configs.get(key) == value or (value is None and configs.get(key, (0, 5))[1] >= 4)
            for key, value in keys.items())
        if (was_expected and is_expected) or time.monotonic() > deadline:
            return peer.record(f"{title}: shown", "IncrementalAlterConfigs", 1, answer)
        # Where a value comes from Kafka knows a little before it knows the value.
        time.sleep(0.3 if is_expected and not was_expected else 0.02)


def refusals_of_topics(name):
    """(title, resources) of what cannot be done to a topic, whichever API asks for it."""
    def one(**configs):
        return [set_of(TOPIC, name, **configs)]
    yield "nobody knows it", one(no_such="1")
    yield "a number that is none", one(retention_ms="soon")
    yield "a number too large", one(max_message_bytes="99999999999")
    yield "retention -2", one(retention_ms="-2")
    yield "segments too small", one(segment_bytes="1")
    yield "a boolean that is none", one(preallocate="maybe")
    yield "a double that is none", one(min_cleanable_dirty_ratio="half")
    yield "a ratio above one", one(min_cleanable_dirty_ratio="1.5")
    yield "a policy that is none", one(cleanup_policy="shred")
    yield "a codec that is none", one(compression_type="rar")
    yield "a level that is none", one(compression_gzip_level="0")
    yield "a type of timestamp that is none", one(message_timestamp_type="Never")
    yield "an empty number", one(retention_ms="")
    yield "lags", one(min_compaction_lag_ms="10", max_compaction_lag_ms="5")
    yield "throttled replicas", [resource(TOPIC, name, (
        SET, "leader.replication.throttled.replicas", "a:b"))]
    yield "null", one(retention_ms=None)
    yield "two nulls", one(retention_ms=None, segment_ms=None)
    yield "key twice", [resource(TOPIC, name, (SET, "retention.ms", "1"), (SET, "retention.ms", "2"))]
    yield "one good and one bad", one(segment_ms="77", retention_ms="soon")
    yield "not there", [set_of(TOPIC, f"{name}-missing", retention_ms="1")]
    yield "not there, and a bad value", [set_of(TOPIC, f"{name}-missing", retention_ms="x")]
    yield "a bad name", [set_of(TOPIC, "a b", retention_ms="1")]
    yield "an empty name", [set_of(TOPIC, "", retention_ms="1")]
    yield "a dot", [set_of(TOPIC, ".", retention_ms="1")]
    yield "a broker's key", one(message_max_bytes="1")
    yield "blanks", one(retention_ms=" 5 ")
    yield "its neighbour is unharmed", [set_of(TOPIC, name, retention_ms="soon"),
                                        set_of(TOPIC, f"{name}-b", retention_ms="4321")]


def refusals_of_others():
    yield "an unknown kind", [set_of(0, "a", retention_ms="1")]
    yield "another unknown kind", [set_of(99, "a", retention_ms="1")]
    yield "no such broker", [set_of(BROKER, "77", message_max_bytes="1000")]
    yield "a broker's name", [set_of(BROKER, "one", message_max_bytes="1000")]
    yield "a negative broker", [set_of(BROKER, "-1", message_max_bytes="1000")]
    for name in ("1", ""):
        of = "broker" if name else "default"
        yield f"{of}: fixed", [set_of(BROKER, name, node_id="7")]
        yield f"{of}: fixed, number of partitions", [set_of(BROKER, name, num_partitions="2")]
        yield f"{of}: fixed, hours", [set_of(BROKER, name, log_retention_hours="2")]
        yield f"{of}: a number that is none", [set_of(BROKER, name, message_max_bytes="many")]
        yield f"{of}: too small", [set_of(BROKER, name, message_max_bytes="-1")]
        yield f"{of}: a policy that is none", [set_of(BROKER, name, log_cleanup_policy="shred")]
        yield f"{of}: retention 0", [set_of(BROKER, name, log_retention_ms="0")]
        yield f"{of}: null", [set_of(BROKER, name, message_max_bytes=None)]
    yield "a default of what is each broker's", [set_of(BROKER, "", listeners="PLAINTEXT://:1")]
    yield "a group without a name", [set_of(GROUP, "", consumer_session_timeout_ms="50000")]
    yield "group: nobody knows it", [set_of(GROUP, "g-refused", no_such="1")]
    yield "group: session too short", [set_of(GROUP, "g-refused", consumer_session_timeout_ms="10")]
    yield "group: session too long", [
        set_of(GROUP, "g-refused", consumer_session_timeout_ms="9999999")]
    yield "group: heartbeat too short", [
        set_of(GROUP, "g-refused", consumer_heartbeat_interval_ms="10")]
    yield "group: heartbeat too long", [
        set_of(GROUP, "g-refused", consumer_heartbeat_interval_ms="9999999")]
    yield "group: zero", [set_of(GROUP, "g-refused", consumer_session_timeout_ms="0")]
    yield "group: a number that is none", [
        set_of(GROUP, "g-refused", consumer_session_timeout_ms="soon")]
    yield "group: assignment", [set_of(GROUP, "g-refused", consumer_assignment_interval_ms="-1")]
    yield "group: share session", [set_of(GROUP, "g-refused", share_session_timeout_ms="10")]
    yield "group: share isolation", [set_of(GROUP, "g-refused", share_isolation_level="none")]
    yield "group: share reset", [set_of(GROUP, "g-refused", share_auto_offset_reset="never")]
    yield "group: null", [set_of(GROUP, "g-refused", consumer_session_timeout_ms=None)]
    yield "metrics without a name", [set_of(METRICS, "", metrics="a")]
    yield "metrics: nobody knows it", [set_of(METRICS, "m-refused", no_such="1")]
    yield "metrics: interval", [set_of(METRICS, "m-refused", interval_ms="1")]
    yield "metrics: an interval that is none", [set_of(METRICS, "m-refused", interval_ms="x")]
    yield "metrics: match", [set_of(METRICS, "m-refused", match="a")]
    yield "metrics: match of what is not there", [set_of(METRICS, "m-refused", match="a=b")]


@script
def incremental_alter_configs(peer, version):
    ask = asker(peer, "IncrementalAlterConfigs", version)
    name = f"incremental-{version}"
    peer.topic(name, retention_ms=1000)
    peer.topic(f"{name}-b")

    def alter(title, *resources, dry=False):
        ask(title, Resources=list(resources), ValidateOnly=dry)

    def shows(title, **expected):
        shown(peer, title, TOPIC, name, **expected)

    alter("none")
    alter("nothing to change", resource(TOPIC, name))
    alter("set", set_of(TOPIC, name, retention_ms="2000", max_message_bytes="3000"))
    shows("set", retention_ms=("2000", 1), max_message_bytes=("3000", 1))
    alter("only asked", set_of(TOPIC, name, retention_ms="5"), dry=True)
    shows("only asked", retention_ms=("2000", 1))
    alter("the same again", set_of(TOPIC, name, retention_ms="2000"))
    alter("delete", resource(TOPIC, name, (DELETE, "retention.ms", None),
                             (DELETE, "max.message.bytes", "whatever"),
                             (DELETE, "segment.ms", None)))
    shows("delete", retention_ms=None, max_message_bytes=None)
    alter("append", resource(TOPIC, name, (APPEND, "cleanup.policy", "compact")))
    shows("append", cleanup_policy=("delete,compact", 1))
    alter("append what is there", resource(TOPIC, name, (APPEND, "cleanup.policy", "delete")))
    alter("subtract", resource(TOPIC, name, (SUBTRACT, "cleanup.policy", "delete")))
    shows("subtract", cleanup_policy=("compact", 1))
    alter("subtract what is not there", resource(TOPIC, name, (SUBTRACT, "cleanup.policy", "delete")))
    alter("subtract all", resource(TOPIC, name, (SUBTRACT, "cleanup.policy", "compact")))
    shows("subtract all", cleanup_policy=("", 1))
    alter("append to nothing", resource(TOPIC, name, (APPEND, "cleanup.policy", "compact,delete")))
    shows("append to nothing", cleanup_policy=("compact,delete", 1))
    alter("delete the list", resource(TOPIC, name, (DELETE, "cleanup.policy", None)))
    alter("several", set_of(TOPIC, name, retention_ms="3000"),
          set_of(TOPIC, f"{name}-b", retention_ms="4000"),
          set_of(GROUP, name, consumer_session_timeout_ms="50000"))
    shows("several", retention_ms=("3000", 1))
    shown(peer, "a group", GROUP, name, consumer_session_timeout_ms=("50000", 8))
    alter("group: delete", resource(GROUP, name, (DELETE, "consumer.session.timeout.ms", None)))
    shown(peer, "a group without", GROUP, name, consumer_session_timeout_ms=None)
    shown(peer, "all of a group", GROUP, name)
    alter("broker", set_of(BROKER, "1", message_max_bytes="2000000", log_retention_ms="70000"))
    shown(peer, "broker", BROKER, "1", message_max_bytes=("2000000", 2), log_retention_ms=("70000", 2))
    alter("default", set_of(BROKER, "", message_max_bytes="3000000", log_cleanup_policy="compact"))
    shown(peer, "default", BROKER, "", message_max_bytes=("3000000", 3), log_cleanup_policy=("compact", 3))
    shown(peer, "broker above it", BROKER, "1", message_max_bytes=("2000000", 2),
          log_cleanup_policy=("compact", 3))
    shows("a topic below them", max_message_bytes=("2000000", 2), retention_ms=("3000", 1),
          cleanup_policy=("compact", 3))
    alter("broker: append", resource(BROKER, "", (APPEND, "log.cleanup.policy", "delete")))
    shown(peer, "broker, appended", BROKER, "1", log_cleanup_policy=("compact,delete", 3))
    alter("broker: delete", resource(BROKER, "1", (DELETE, "message.max.bytes", None),
                                     (DELETE, "log.retention.ms", None)))
    shown(peer, "broker, deleted", BROKER, "1", message_max_bytes=("3000000", 3), log_retention_ms=None)
    alter("default: delete", resource(BROKER, "", (DELETE, "message.max.bytes", None),
                                      (DELETE, "log.cleanup.policy", None)))
    shown(peer, "default, deleted", BROKER, "1", message_max_bytes=None, log_cleanup_policy=None)
    alter("documented", set_of(BROKER, "1", log_cleaner_threads="2"))
    shown(peer, "documented", BROKER, "1", log_cleaner_threads=("2", 2))
    alter("documented: delete", resource(BROKER, "1", (DELETE, "log.cleaner.threads", None)))
    alter("metrics", set_of(METRICS, name, metrics="a,b", interval_ms="1000"))
    shown(peer, "metrics", METRICS, name, metrics=("a,b", 7), interval_ms=("1000", 7), match=("", 5))
    alter("metrics: delete", resource(METRICS, name, (DELETE, "metrics", None),
                                      (DELETE, "interval.ms", None)))
    alter("refused: resource twice", set_of(TOPIC, name, retention_ms="1"),
          set_of(TOPIC, name, retention_ms="2"))
    for dry in (False, True):
        refused = "refused, only asked" if dry else "refused"
        for title, resources in [*refusals_of_topics(name), *refusals_of_others()]:
            alter(f"{refused}: {title}", *resources, dry=dry)
        for title, kind, key in [("topic", TOPIC, "retention.ms"), ("broker", BROKER, "message.max.bytes"),
                                 ("group", GROUP, "consumer.session.timeout.ms")]:
            of = {TOPIC: name, BROKER: "1", GROUP: "g-refused"}[kind]
            for how, what in [(APPEND, "append"), (SUBTRACT, "subtract"), (9, "operation 9")]:
                alter(f"{refused}: {what} to a number of a {title}",
                      resource(kind, of, (how, key, "1")), dry=dry)
            alter(f"{refused}: append to what is not there, {title}",
                  resource(kind, of, (APPEND, "no.such", "1")), dry=dry)
        alter(f"{refused}: append null", resource(TOPIC, name, (APPEND, "cleanup.policy", None)), dry=dry)
        alter(f"{refused}: append a policy that is none",
              resource(TOPIC, name, (APPEND, "cleanup.policy", "shred")), dry=dry)
        alter(f"{refused}: delete what is not there", resource(TOPIC, name, (DELETE, "no.such", None)), dry=dry)
        alter(f"{refused}: logger of another", resource(LOGGER, "77", (SET, CONTROLLER, "INFO")), dry=dry)
        alter(f"{refused}: logger without a broker", resource(LOGGER, "", (SET, CONTROLLER, "INFO")), dry=dry)
        alter(f"{refused}: a logger that is none", resource(LOGGER, "1", (SET, "no.such", "INFO")), dry=dry)
        alter(f"{refused}: a level that is none", resource(LOGGER, "1", (SET, "root", "LOUD")), dry=dry)
        alter(f"{refused}: a level in small letters", resource(LOGGER, "1", (SET, "root", "info")), dry=dry)
        alter(f"{refused}: unset the root", resource(LOGGER, "1", (DELETE, "root", None)), dry=dry)
        alter(f"{refused}: append to a logger", resource(LOGGER, "1", (APPEND, "root", "INFO")), dry=dry)
        alter(f"{refused}: an operation on a logger", resource(LOGGER, "1", (9, "root", "INFO")), dry=dry)
    alter("a logger", resource(LOGGER, "1", (SET, "root", "INFO")))
    shown(peer, "a logger", LOGGER, "1", root=("INFO", 6))
    shows("refused", retention_ms=("5", 1), cleanup_policy=None)
    shown(peer, "refused: logger without a broker", LOGGER, "")
    shown(peer, "refused: logger of another", LOGGER, "77")
    shown(peer, "refused: group without a name", GROUP, "")
    shown(peer, "refused: metrics without a name", METRICS, "")
    shown(peer, "refused: broker of a name", BROKER, "one")
    shown(peer, "metrics that are not there", METRICS, "nothing")
    alter("forget", resource(TOPIC, name, (DELETE, "retention.ms", None)),
          resource(TOPIC, f"{name}-b", (DELETE, "retention.ms", None)))


@script
def alter_configs(peer, version):
    ask = asker(peer, "AlterConfigs", version)
    name = f"alter-{version}"
    peer.topic(name, retention_ms=1000)
    peer.topic(f"{name}-b")

    def replaced(resources):
        return [{**one, "Configs": [{key: config[key] for key in ("Name", "Value")}
                                    for config in one["Configs"]]} for one in resources]

    def alter(title, *resources, dry=False):
        ask(title, Resources=replaced(resources), ValidateOnly=dry)

    def shows(title, **expected):
        shown(peer, title, TOPIC, name, **expected)

    alter("none")
    alter("set", set_of(TOPIC, name, segment_ms="2000", max_message_bytes="3000"))
    shows("set", retention_ms=None, segment_ms=("2000", 1), max_message_bytes=("3000", 1))
    alter("only asked", set_of(TOPIC, name, retention_ms="5"), dry=True)
    alter("the whole", set_of(TOPIC, name, retention_ms="2000"))
    shows("the whole", retention_ms=("2000", 1), segment_ms=None, max_message_bytes=None)
    alter("nothing is left", resource(TOPIC, name))
    shows("nothing is left", retention_ms=None)
    alter("broker", set_of(BROKER, "1", message_max_bytes="2000000"))
    shown(peer, "broker", BROKER, "1", message_max_bytes=("2000000", 2))
    alter("broker, without", resource(BROKER, "1"))
    shown(peer, "broker, without", BROKER, "1", message_max_bytes=None)
    alter("group", set_of(GROUP, name, consumer_session_timeout_ms="50000"))
    shown(peer, "group", GROUP, name, consumer_session_timeout_ms=("50000", 8))
    alter("group, without", resource(GROUP, name))
    for dry in (False, True):
        refused = "refused, only asked" if dry else "refused"
        for title, resources in [*refusals_of_topics(name), *refusals_of_others()]:
            alter(f"{refused}: {title}", *resources, dry=dry)
        alter(f"{refused}: loggers", set_of(LOGGER, "1", root="INFO"), dry=dry)
    shows("refused", retention_ms=("5", 1))
    alter("forget", resource(TOPIC, name), resource(TOPIC, f"{name}-b"))


@script
def list_config_resources(peer, version):
    ask = asker(peer, "ListConfigResources", version)
    name = f"listed-{version}"
    peer.topic(name)
    peer.do("IncrementalAlterConfigs", {"Resources": [
        set_of(GROUP, name, consumer_session_timeout_ms="50000"),
        set_of(METRICS, name, metrics="a")], "ValidateOnly": False}, 1)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = peer.do("ListConfigResources", {"ResourceTypes": [GROUP, METRICS]}, 1)
        if sum(one["ResourceName"] == name for one in found["ConfigResources"]) == 2:
            break
        time.sleep(0.02)

    def listed(title, **values):
        """Apart from what other scripts have left."""
        answer = peer.do("ListConfigResources", values, version)
        if isinstance(answer, dict):
            answer["ConfigResources"] = sorted(
                (one for one in answer["ConfigResources"]
                 if one["ResourceName"] == name or one.get("ResourceType") in (BROKER, LOGGER)),
                key=lambda one: (one.get("ResourceType"), one["ResourceName"]))
        peer.record(title, "ListConfigResources", version, answer)

    if version:
        listed("all", ResourceTypes=[])
        for kind in (TOPIC, BROKER, LOGGER, METRICS, GROUP):
            listed(f"kind {kind}", ResourceTypes=[kind])
        listed("two kinds", ResourceTypes=[GROUP, TOPIC])
        listed("a kind twice", ResourceTypes=[GROUP, GROUP])
        listed("refused: no such kind", ResourceTypes=[99])
        listed("refused: no such kind, and one", ResourceTypes=[TOPIC, 0])
    else:
        listed("metrics")
    peer.do("IncrementalAlterConfigs", {"Resources": [
        resource(GROUP, name, (DELETE, "consumer.session.timeout.ms", None)),
        resource(METRICS, name, (DELETE, "metrics", None))], "ValidateOnly": False}, 1)
