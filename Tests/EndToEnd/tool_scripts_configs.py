"""Transcripts of kafka-configs."""

from tool_transcripts import Call, Transcript

T = "kafka-configs --bootstrap-server {bootstrap}"
TOPIC = Call("kafka-topics --bootstrap-server {bootstrap} --create --topic t",
             out="Created topic t.\n")
DEFAULTS = "Default configs for brokers in the cluster are:\n"
RETENTION = ("  retention.ms=60000 sensitive=false "
             "synonyms={{DYNAMIC_TOPIC_CONFIG:retention.ms=60000}}\n")


def printed(line, out):
    return Call(f"{T} {line}", out=out)


def refused(line, sentence, tool=T):
    return Call(f"{tool} {line}", err=f"{sentence}\n", code=1)


def failed(line, exception, message):
    """The broker has refused it; behind it Java shows where."""
    return Call(f"{T} {line}", code=1, err=(
        f"Error while executing config command with args '--bootstrap-server {{bootstrap}} {line}'\n"
        "java.util.concurrent.ExecutionException: "
        f"org.apache.kafka.common.errors.{exception}: {message}\n{{rest}}"))


TRANSCRIPTS = [
    Transcript("settings of topics", [
        TOPIC,
        printed("--describe --topic t", "Dynamic configs for topic t are:\n"),
        printed("--entity-type topics --entity-name t --alter "
                "--add-config retention.ms=60000,cleanup.policy=[compact,delete]",
                "Completed updating config for topic t.\n"),
        printed("--entity-type topics --entity-name t --describe",
                "Dynamic configs for topic t are:\n  cleanup.policy=compact,delete sensitive=false "
                "synonyms={{DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, "
                "DEFAULT_CONFIG:log.cleanup.policy=delete}}\n" + RETENTION),
        printed("--topic t --describe --all",
                "All configs for topic t are:\n  cleanup.policy=compact,delete {rest}\n"
                "  unclean.leader.election.enable=false {any}\n"),
        printed("--topic t --alter --delete-config cleanup.policy",
                "Completed updating config for topic t.\n"),
        printed("--topic t --alter --delete-config cleanup.policy,foo",
                "Completed updating config for topic t.\n"),
        printed("--entity-type topics --describe",
                "Dynamic configs for topic t are:\n" + RETENTION),
        Call(f"{T} --topic t --alter --add-config-file {{dir}}/added.properties",
             files={"added.properties": "retention.ms = 1000\n"},
             out="Completed updating config for topic t.\n"),
        printed("--topic t --describe", "Dynamic configs for topic t are:\n"
                + RETENTION.replace("60000", "1000")),
        printed("--topic nosuch --describe",
                "The topic 'nosuch' doesn't exist and doesn't have dynamic config.\n"),
        printed("--topic t --alter --add-config retention.ms=2000,",
                "Completed updating config for topic t.\n"),
        printed("--topic t --alter --delete-config 'not a key'",
                "Completed updating config for topic t.\n"),
        failed("--topic t --alter --add-config retention.ms=5 --delete-config retention.ms",
               "InvalidRequestException", "Error due to duplicate config keys"),
        failed("--topic t --alter --add-config foo=1", "InvalidConfigurationException",
               "Unknown topic config name: foo"),
        failed("--topic t --alter --add-config retention.ms=x", "InvalidConfigurationException",
               "Invalid value x for configuration retention.ms: Not a number of type LONG"),
        failed("--topic nosuch --alter --add-config retention.ms=1",
               "UnknownTopicOrPartitionException", "The topic 'nosuch' does not exist."),
    ]),
    Transcript("settings of brokers and groups", [
        printed("--entity-type brokers --entity-default --alter --add-config log.cleaner.threads=2",
                "Completed updating default config for brokers in the cluster.\n"),
        printed("--entity-type brokers --entity-default --describe",
                DEFAULTS + "  log.cleaner.threads=2 sensitive=false "
                "synonyms={{DYNAMIC_DEFAULT_BROKER_CONFIG:log.cleaner.threads=2}}\n{rest}"),
        printed("--entity-type brokers --describe",
                "Dynamic configs for broker 1 are:\n" + DEFAULTS + "  log.cleaner.threads=2 {rest}"),
        printed("--broker 1 --describe", "Dynamic configs for broker 1 are:\n"),
        printed("--broker 9 --describe",
                "The broker '9' doesn't exist and doesn't have dynamic config.\n"),
        failed("--broker 1 --alter --add-config node.id=2", "InvalidRequestException",
               "Cannot update these configs dynamically: [node.id]"),
        refused("--broker x --describe",
                "The entity name for brokers must be a valid integer broker id, but it is: x"),
        printed("--broker-logger 1 --alter --add-config root=DEBUG",
                "Completed updating config for broker-logger 1.\n"),
        refused("--broker-logger 1 --alter --add-config foo=DEBUG", "Invalid broker logger(s): foo"),
        refused("--broker-logger 1 --alter --delete-config foo", "Invalid broker logger(s): foo"),
        printed("--group g --alter --add-config consumer.session.timeout.ms=50000",
                "Completed updating config for group g.\n"),
        printed("--group g --describe",
                "Dynamic configs for group g are:\n  consumer.session.timeout.ms=50000 "
                "sensitive=false synonyms={{DYNAMIC_GROUP_CONFIG:consumer.session.timeout.ms=50000, "
                "DEFAULT_CONFIG:group.consumer.session.timeout.ms=45000}}\n"),
        printed("--group nosuch --describe",
                "The group 'nosuch' doesn't exist and doesn't have dynamic config.\n"),
        failed("--group g --alter --add-config foo=1", "InvalidConfigurationException",
               "Unknown group config name: foo"),
        printed("--client-metrics m --describe",
                "The client-metric 'm' doesn't exist and doesn't have dynamic config.\n"),
    ]),
    Transcript("quotas", [
        printed("--user alice --alter "
                "--add-config producer_byte_rate=1048576,consumer_byte_rate=10000000",
                "Completed updating config for user alice.\n"),
        printed("--user alice --describe", "Quota configs for user-principal 'alice' are "
                "consumer_byte_rate=1.0E7, producer_byte_rate=1048576.0\n"),
        printed("--entity-type users --entity-name alice --entity-type clients --entity-name app "
                "--alter --add-config request_percentage=50",
                "Completed updating config for user alice.\n"),
        printed("--client-defaults --alter --add-config consumer_byte_rate=1024",
                "Completed updating default config for clients in the cluster.\n"),
        printed("--entity-type clients --describe",
                "Quota configs for the default client-id are consumer_byte_rate=1024.0\n"),
        printed("--entity-type users --entity-type clients --describe",
                "Quota configs for user-principal 'alice', client-id 'app' are "
                "request_percentage=50.0\n"),
        printed("--ip 1.2.3.4 --alter --add-config connection_creation_rate=5",
                "Completed updating config for ip 1.2.3.4.\n"),
        printed("--entity-type ips --describe",
                "Quota configs for ip '1.2.3.4' are connection_creation_rate=5.0\n"),
        printed("--user alice --alter --delete-config producer_byte_rate",
                "Completed updating config for user alice.\n"),
        refused("--user alice --alter --delete-config producer_byte_rate",
                "Invalid config(s): producer_byte_rate"),
        refused("--user alice --alter --delete-config foo",
                "Only quota and SCRAM credential configs can be deleted for 'users' using "
                "--bootstrap-server. Unexpected config names: foo"),
        refused("--user alice --alter --add-config producer_byte_rate=x",
                "Cannot parse quota configuration value for producer_byte_rate: x"),
        refused("--ip 1.2.3.4 --alter --add-config foo=1",
                "Only connection quota configs can be added for 'ips' using --bootstrap-server. "
                "Unexpected config names: foo"),
        refused("--ip 'not an ip' --alter --add-config connection_creation_rate=1",
                "The entity name for ips must be a valid IP or resolvable host, but it is: "
                "not an ip"),
    ]),
    Transcript("credentials", [
        printed("--entity-type users --entity-name bob --alter "
                "--add-config SCRAM-SHA-512=[password=pw]",
                "Completed updating config for user bob.\n"),
        printed("--user bob --alter --add-config SCRAM-SHA-256=[iterations=8192,password=a,b=]",
                "Completed updating config for user bob.\n"),
        printed("--user bob --describe", "SCRAM credential configs for user-principal 'bob' are "
                "SCRAM-SHA-{any}=iterations={any}, SCRAM-SHA-{any}=iterations={any}\n"),
        printed("--user bob --alter --delete-config SCRAM-SHA-512",
                "Completed updating config for user bob.\n"),
        failed("--user bob --alter --delete-config SCRAM-SHA-512", "ResourceNotFoundException",
               "Attempt to delete a user credential that does not exist"),
        refused("--user bob --alter --add-config SCRAM-SHA-512=[password=pw],producer_byte_rate=1",
                "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' "
                "using --bootstrap-server."),
        refused("--user-defaults --alter --add-config SCRAM-SHA-512=[password=pw]",
                "The use of --entity-default or --user-defaults is not allowed with User SCRAM "
                "Credentials using --bootstrap-server."),
        refused("--user bob --alter --add-config SCRAM-SHA-512=[iterations=1,password=pw]",
                "Iterations 1 is less than the minimum 4096 required for SCRAM-SHA-512"),
        refused("--user bob --alter --add-config SCRAM-SHA-512=[foo=pw]",
                "Invalid credential property SCRAM_SHA_512=foo=pw"),
        refused("--client bob --alter --add-config SCRAM-SHA-512=[password=pw]",
                "Only quota configs can be added for 'clients' using --bootstrap-server. Unexpected "
                "config names: SCRAM-SHA-512"),
    ]),
    Transcript("words of kafka-configs that are refused", [
        Call(T, code=1, err="Command must include exactly one action: --describe, --alter\n"
             "Option {any}\n------ {rest}"),
        refused("--describe --topic t",
                "Either --bootstrap-server or --bootstrap-controller must be specified.",
                "kafka-configs"),
        refused("--describe", "At least one entity type must be specified"),
        refused("--alter --topic t", "At least one of --add-config, --add-config-file, or "
                "--delete-config must be specified with --alter"),
        refused("--alter --entity-type topics --add-config a=b",
                "An entity name must be specified with --alter of topics"),
        refused("--alter --entity-type users --add-config producer_byte_rate=2",
                "An entity-name or default entity must be specified with --alter of users, clients, "
                "brokers or ips"),
        refused("--alter --entity-type x --add-config a=b",
                "Invalid entity type x, the entity type must be one of broker-loggers, topics, "
                "clients, users, brokers, ips, client-metrics, groups with a --bootstrap-server or "
                "--bootstrap-controller argument"),
        refused("--alter --topic a --add-config a",
                "Invalid entity config: all configs to be added must be in the format \"key=val\" or"
                "  \"key=[val1,val2]\" to group values which contain commas."),
        refused("--alter --topic a --add-config ''",
                "Invalid entity config: all configs to be added must be in the format \"key=val\" or"
                "  \"key=[val1,val2]\" to group values which contain commas."),
        refused("--alter --topic a --add-config a=b --add-config-file x",
                "Only one of --add-config or --add-config-file must be specified"),
        refused("--describe --topic a --entity-type topics",
                "Duplicate entity type(s) specified: topics"),
        refused("--alter --topic a --add-config 'a b=1'",
                "Invalid character found for config key: a b"),
        refused("--alter --topic a --add-config [a=b",
                "Invalid character found for config key: [a"),
        refused("--describe --entity-type topics --entity-default",
                "--entity-default must not be specified with --describe of topics"),
        refused("--describe --entity-type broker-loggers",
                "An entity name must be specified with --describe of broker-loggers"),
        refused("--alter --entity-type topics --entity-name t --entity-default --add-config a=b",
                "An entity name must be specified for every entity type"),
        refused("--bootstrap-controller {bootstrap} --describe --topic t",
                "Only one of --bootstrap-server or --bootstrap-controller can be specified"),
        refused("--foo", "foo is not a recognized option"),
    ]),
]
