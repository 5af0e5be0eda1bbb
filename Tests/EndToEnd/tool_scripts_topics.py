"""Transcripts of kafka-topics."""

from tool_transcripts import Call, Transcript

T = "kafka-topics --bootstrap-server {bootstrap}"
#: The options, behind a sentence about what is wrong.
OPTIONS = "Option {any}\n------ {rest}"
FAILED = "Error while executing topic command : "
#: Ours is one line, Kafka's has a stack.
LOGGED = "[{date}] ERROR {rest}(org.apache.kafka.tools.TopicCommand)\n"


def partition(topic, number):
    return (f"\tTopic: {topic}\tPartition: {number}\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \t"
            "LastKnownElr: \n")


def failed(line, sentence):
    return Call(f"{T} {line}", out=f"{FAILED}{sentence}\n", err=LOGGED, code=1)


def refused(line, sentence):
    return Call(f"{T} {line}", err=f"{sentence}\n{OPTIONS}", code=1)


TRANSCRIPTS = [
    Transcript("topics from first to last", [
        Call(f"{T} --create --topic orders --partitions 2", out="Created topic orders.\n"),
        failed("--create --topic orders", "Topic 'orders' already exists."),
        Call(f"{T} --create --topic orders --if-not-exists"),
        Call(f"{T} --create --topic audit --replication-factor 1 --config retention.ms=60000 "
             "--config cleanup.policy=compact", out="Created topic audit.\n"),
        Call(f"{T} --list", out="audit\norders\n"),
        Call(f"{T} --list --topic 'ord.*'", out="orders\n"),
        Call(f"{T} --list --topic nosuch", out="\n"),
        Call(f"{T} --alter --topic orders --partitions 3"),
        failed("--alter --topic orders --partitions 3", "Topic already has 3 partition(s)."),
        failed("--alter --topic orders --partitions 2",
               "The topic orders currently has 3 partition(s); 2 would not be an increase."),
        failed("--alter --topic nosuch --partitions 2", "Topic 'nosuch' does not exist as expected"),
        Call(f"{T} --alter --topic nosuch --partitions 2 --if-exists"),
        Call(f"{T} --describe --topic nosuch --if-exists"),
        failed("--describe --topic nosuch", "Topic 'nosuch' does not exist as expected"),
        Call(f"{T} --describe --under-replicated-partitions"),
        Call(f"{T} --describe --unavailable-partitions"),
        Call(f"{T} --describe --under-min-isr-partitions"),
        Call(f"{T} --describe --topic orders --at-min-isr-partitions",
             out=partition("orders", 0) + partition("orders", 1) + partition("orders", 2)),
        Call(f"{T} --delete --topic 'aud.t'"),
        failed("--delete --topic audit", "Topic 'audit' does not exist as expected"),
        Call(f"{T} --delete --topic audit --if-exists"),
        Call(f"{T} --list", out="orders\n"),
        Call(f"{T} --delete --topic orders"),
        Call(f"{T} --list", out="\n"),
    ]),
    Transcript("topics are described", [
        Call(f"{T} --create --topic t --partitions 2 --config retention.ms=1000",
             out="Created topic t.\n"),
        Call(f"{T} --describe --topic t",
             out="Topic: t\tTopicId: {id}\tPartitionCount: 2\tReplicationFactor: 1\t"
             "Configs: retention.ms=1000\n" + partition("t", 0) + partition("t", 1)),
        Call(f"{T} --describe --topics-with-overrides",
             out="Topic: t\tTopicId: {id}\tPartitionCount: 2\tReplicationFactor: 1\t"
             "Configs: retention.ms=1000\n"),
        Call(f"{T} --describe --topic t --under-min-isr-partitions --at-min-isr-partitions",
             out=partition("t", 0) + partition("t", 1)),
        Call(f"{T} --describe --under-replicated-partitions --unavailable-partitions"),
        failed("--describe --topic-id AAAAAAAAAAAAAAAAAAAAAQ",
               "TopicId 'AAAAAAAAAAAAAAAAAAAAAQ' does not exist as expected"),
    ]),
    Transcript("topics that cannot be", [
        Call(f"{T} --create --topic a.b --partitions 1", out=(
            "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore "
            "('_') could collide. To avoid issues it is best to use either, but not both.\n"
            "Created topic a.b.\n")),
        failed("--create --topic 'a b'",
               "Topic name is invalid: 'a b' contains one or more characters other than ASCII "
               "alphanumerics, '.', '_' and '-'"),
        failed("--create --topic x --partitions 0", "The partitions must be greater than 0"),
        failed("--create --topic x --replication-factor 0",
               "The replication factor must be between 1 and 32767 inclusive"),
        failed("--create --topic x --replication-factor 3",
               "Unable to replicate the partition 3 time(s): The target replication factor of 3 "
               "cannot be reached because only 1 broker(s) are registered{any}."),
        failed("--create --topic x --config foo=1", "Unknown topic config name: foo"),
        failed("--create --topic x --config foo",
               "requirement failed: Invalid topic config: all configs to be added must be in the "
               'format "key=val".'),
        failed("--create --topic x --config retention.ms=",
               "requirement failed: Invalid topic config: all configs to be added must be in the "
               'format "key=val".'),
        failed("--create --topic x --config retention.ms=abc",
               "Invalid value abc for configuration retention.ms: Not a number of type LONG"),
        failed("--create --topic x --replica-assignment 1:2,1",
               "Partition 1 has different replication factor: [1]"),
        failed("--create --topic '' --partitions 1",
               "The given topic name '' cannot be represented in a request."),
        Call(f"{T} --create --topic x --delete-config foo", out="Created topic x.\n", err=(
            "delete-config option is no longer supported and deprecated since version 4.0. The config "
            "will be fully removed in future releases.\n")),
        failed("--create --topic x --partitions x",
               "Cannot parse argument 'x' of option partitions"),
        failed("--create --topic x --topic y",
               "Found multiple arguments for option topic, but you asked for only one"),
    ]),
    Transcript("words of kafka-topics that are refused", [
        Call("kafka-topics --help", code=1,
             err="This tool helps to create, delete, describe, or change a topic.\n" + OPTIONS),
        Call("kafka-topics", code=1,
             err="Create, delete, describe, or change a topic.\n" + OPTIONS),
        Call("kafka-topics --version", out="4.4.0\n"),
        Call("kafka-topics --list", err="--bootstrap-server must be specified\n{rest}", code=1),
        refused("--list --describe", "Command must include exactly one action: --list, "
                "--describe, --create, --alter or --delete"),
        refused("", "Command must include exactly one action: --list, --describe, --create, "
                "--alter or --delete"),
        refused("--create", 'Missing required argument "[topic]"'),
        refused("--alter --topic a", 'Missing required argument "[partitions]"'),
        refused("--list --partitions 2",
                'Option "[partitions]" can\'t be used with option "[list]"'),
        refused("--describe --if-exists", "--topic or --topic-id is required to describe a topic"),
        refused("--alter --topic a --partitions 2 --config a=b",
                'Option combination "[[config], [bootstrap-server]]" can\'t be used with option '
                '"[alter]" (To alter topic configurations, the kafka-configs tool can be used.)'),
        refused("--list --under-replicated-partitions",
                'Option "[under-replicated-partitions]" can\'t be used with option "[list]"'),
        refused("--create --topic a --at-min-isr-partitions",
                'Option "[at-min-isr-partitions]" can\'t be used with option "[create]"'),
        refused("--describe --unavailable-partitions --topics-with-overrides",
                'Option "[unavailable-partitions]" can\'t be used with option '
                '"[topics-with-overrides]"'),
        Call(f"{T} --list --foo", err="foo is not a recognized option\n{rest}", code=1),
        Call(f"{T} --list --foo=1", err="foo is not a recognized option\n{rest}", code=1),
        Call(f"{T} --list -x", err="x is not a recognized option\n{rest}", code=1),
        Call(f"{T} --lis", err="lis is not a recognized option\n{rest}", code=1),
        Call(f"{T} --topic", err="Option topic requires an argument\n{rest}", code=1),
        Call(f"{T} --list=3 beside", out="\n"),
        Call("kafka-topics -bootstrap-server={bootstrap} -list", out="\n"),
        Call("kafka-topics --bootstrap-server {bootstrap},{bootstrap} --list", out="\n"),
        Call("kafka-topics --bootstrap-server PLAINTEXT://{bootstrap} --list", out="\n"),
    ]),
]
