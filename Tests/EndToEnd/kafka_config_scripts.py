"""What the two brokers are asked about configurations that change while they run."""

from kafka_scripts import asker, script

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


def shown(peer, title, kind, name, *keys):
    """What a resource has, as it is described."""
    peer.ask(title, "DescribeConfigs", 4, {
        "Resources": [{"ResourceType": kind, "ResourceName": name,
                       "ConfigurationKeys": list(keys) or None}],
        "IncludeSynonyms": True})


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
    yield "a policy twice", one(cleanup_policy="delete,delete")
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
    yield "resource twice", [set_of(TOPIC, name, retention_ms="1"),
                             set_of(TOPIC, name, retention_ms="2")]
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

    def shows(title):
        shown(peer, f"{title}: shown", TOPIC, name)

    alter("none")
    alter("nothing to change", resource(TOPIC, name))
    alter("set", set_of(TOPIC, name, retention_ms="2000", max_message_bytes="3000"))
    shows("set")
    alter("only asked", set_of(TOPIC, name, retention_ms="5"), dry=True)
    shows("only asked")
    alter("the same again", set_of(TOPIC, name, retention_ms="2000"))
    alter("delete", resource(TOPIC, name, (DELETE, "retention.ms", None),
                             (DELETE, "max.message.bytes", "whatever"),
                             (DELETE, "segment.ms", None)))
    shows("delete")
    alter("append", resource(TOPIC, name, (APPEND, "cleanup.policy", "compact")))
    shows("append")
    alter("append what is there", resource(TOPIC, name, (APPEND, "cleanup.policy", "delete")))
    alter("subtract", resource(TOPIC, name, (SUBTRACT, "cleanup.policy", "delete")))
    shows("subtract")
    alter("subtract what is not there", resource(TOPIC, name, (SUBTRACT, "cleanup.policy", "delete")))
    alter("subtract all", resource(TOPIC, name, (SUBTRACT, "cleanup.policy", "compact")))
    shows("subtract all")
    alter("append to nothing", resource(TOPIC, name, (APPEND, "cleanup.policy", "compact,delete")))
    shows("append to nothing")
    alter("delete the list", resource(TOPIC, name, (DELETE, "cleanup.policy", None)))
    alter("several", set_of(TOPIC, name, retention_ms="3000"),
          set_of(TOPIC, f"{name}-b", retention_ms="4000"),
          set_of(GROUP, name, consumer_session_timeout_ms="50000"))
    shows("several")
    shown(peer, "a group", GROUP, name)
    alter("group: delete", resource(GROUP, name, (DELETE, "consumer.session.timeout.ms", None)))
    shown(peer, "a group without", GROUP, name)
    keys = ["message.max.bytes", "log.cleaner.threads", "log.retention.ms", "log.cleanup.policy"]
    alter("broker", set_of(BROKER, "1", message_max_bytes="2000000", log_retention_ms="70000"))
    alter("default", set_of(BROKER, "", message_max_bytes="3000000", log_cleanup_policy="compact"))
    shown(peer, "broker: shown", BROKER, "1", *keys)
    shown(peer, "default: shown", BROKER, "")
    shown(peer, "a topic below them: shown", TOPIC, name)
    alter("broker: append", resource(BROKER, "", (APPEND, "log.cleanup.policy", "delete")))
    shown(peer, "broker, appended: shown", BROKER, "1", *keys)
    alter("broker: delete", resource(BROKER, "1", (DELETE, "message.max.bytes", None),
                                     (DELETE, "log.retention.ms", None)))
    shown(peer, "broker, deleted: shown", BROKER, "1", *keys)
    alter("default: delete", resource(BROKER, "", (DELETE, "message.max.bytes", None),
                                      (DELETE, "log.cleanup.policy", None)))
    shown(peer, "default, deleted: shown", BROKER, "1", *keys)
    alter("metrics", set_of(METRICS, name, metrics="a,b", interval_ms="1000"))
    shown(peer, "metrics: shown", METRICS, name)
    alter("metrics: delete", resource(METRICS, name, (DELETE, "metrics", None),
                                      (DELETE, "interval.ms", None)))
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
    shown(peer, "a logger: shown", LOGGER, "1", "root")
    shows("refused")
    shown(peer, "refused: logger without a broker: shown", LOGGER, "")
    shown(peer, "refused: logger of another: shown", LOGGER, "77")
    shown(peer, "refused: group without a name: shown", GROUP, "")
    shown(peer, "refused: metrics without a name: shown", METRICS, "")
    shown(peer, "refused: broker of a name: shown", BROKER, "one")
    shown(peer, "group and keys: shown", GROUP, name, "consumer.session.timeout.ms")
    shown(peer, "metrics that are not there: shown", METRICS, "nothing")
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

    def shows(title):
        shown(peer, f"{title}: shown", TOPIC, name)

    alter("none")
    alter("set", set_of(TOPIC, name, segment_ms="2000", max_message_bytes="3000"))
    shows("set")
    alter("only asked", set_of(TOPIC, name, retention_ms="5"), dry=True)
    alter("the whole", set_of(TOPIC, name, retention_ms="2000"))
    shows("the whole")
    alter("nothing is left", resource(TOPIC, name))
    shows("nothing is left")
    alter("broker", set_of(BROKER, "1", message_max_bytes="2000000"))
    shown(peer, "broker: shown", BROKER, "1", "message.max.bytes")
    alter("broker, without", resource(BROKER, "1"))
    shown(peer, "broker, without: shown", BROKER, "1", "message.max.bytes")
    alter("group", set_of(GROUP, name, consumer_session_timeout_ms="50000"))
    shown(peer, "group: shown", GROUP, name)
    alter("group, without", resource(GROUP, name))
    for dry in (False, True):
        refused = "refused, only asked" if dry else "refused"
        for title, resources in [*refusals_of_topics(name), *refusals_of_others()]:
            alter(f"{refused}: {title}", *resources, dry=dry)
        alter(f"{refused}: loggers", set_of(LOGGER, "1", root="INFO"), dry=dry)
    shows("refused")
    alter("forget", resource(TOPIC, name), resource(TOPIC, f"{name}-b"))


@script
def list_config_resources(peer, version):
    ask = asker(peer, "ListConfigResources", version)
    name = f"listed-{version}"
    peer.topic(name)
    peer.do("IncrementalAlterConfigs", {"Resources": [
        set_of(GROUP, name, consumer_session_timeout_ms="50000"),
        set_of(METRICS, name, metrics="a")], "ValidateOnly": False}, 1)

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
