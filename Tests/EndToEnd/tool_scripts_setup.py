"""Transcripts of tools that cannot begin: addresses and properties that cannot be, words that are missing.

Where Java's tools show a stack, the cause at its bottom stands behind the sentence here.
"""

from tool_transcripts import Call, Transcript

ADMIN = "Failed to create new KafkaAdminClient{any}\n{rest}"
PRODUCER = "{any}org.apache.kafka.common.KafkaException: Failed to construct kafka producer{rest}"
CONSUMER = "{any}Failed to construct kafka consumer{any}\n{rest}"
OPTIONS = "Option {any}\n------ {rest}"
NOT_HOST_AND_PORT = f"Please provide valid host:port like host1:9091,host2:9092\n\n{OPTIONS}"
UNKNOWN = "nohost-here.invalid:9092"
GROUPS_FAILED = "\nError: Executing consumer group command failed due to "
BAD = "Invalid value abc for configuration request.timeout.ms: Not a number of type INT"
BAD_FILE = {"bad.properties": "request.timeout.ms=abc\n"}
PERF = "kafka-producer-perf-test --topic t --num-records 1 --record-size 1 --throughput -1"
VERIFIED = "kafka-verifiable-producer --topic t --max-messages 1"


def unreachable(server):
    """What the tools say of a server that is none, or nowhere."""
    at = f"--bootstrap-server {server}"
    return [
        Call(f"kafka-topics --list {at}", err=ADMIN, code=1),
        Call(f"kafka-consumer-groups --list {at}", out=GROUPS_FAILED + ADMIN,
             err="org.apache.kafka.common.KafkaException: " + ADMIN),
        Call(f"kafka-groups --list {at}", out="Error while executing groups command : " + ADMIN,
             err="{rest}", code=1),
        Call(f"kafka-configs --describe --topic t {at}", code=1, err=(
            f"Error while executing config command with args '--describe --topic t {at}'\n"
            "org.apache.kafka.common.KafkaException: " + ADMIN)),
        Call(f"kafka-log-dirs --describe {at}", err=ADMIN, code=1),
        Call(f"kafka-cluster cluster-id {at}", err=ADMIN, code=1),
        Call(f"kafka-transactions {at} list", code=1,
             err="org.apache.kafka.common.KafkaException: " + ADMIN),
        Call(f"kafka-features {at} describe", err=ADMIN, code=1),
        Call(f"{PERF} {at}", err=PRODUCER, code=1),
        Call(f"{VERIFIED} {at}", out="{rest}", err=PRODUCER, code=1),
        Call(f"kafka-consumer-perf-test --topic t --num-records 1 {at}", out="{rest}", err=CONSUMER,
             code=1),
    ]


def without_words(tool, out="", err="", code=1):
    return Call(tool, out=out, err=err, code=code)


TRANSCRIPTS = [
    Transcript("addresses that are none", [
        *unreachable("localhost"),
        Call("kafka-get-offsets --topic t --bootstrap-server localhost", err=NOT_HOST_AND_PORT, code=1),
        Call("kafka-broker-api-versions --bootstrap-server localhost", code=1,
             err="Invalid url in bootstrap.servers: localhost\n{rest}"),
        Call("kafka-topics --list --bootstrap-server '{bootstrap} {bootstrap}'", err=ADMIN, code=1),
        Call("kafka-topics --list --bootstrap-server localhost:99999", err=ADMIN, code=1),
    ]),
    Transcript("names that nobody has", [
        *unreachable(UNKNOWN),
        Call(f"kafka-get-offsets --topic t --bootstrap-server {UNKNOWN}", code=1,
             err=f"Error occurred: {ADMIN}"),
        Call(f"kafka-broker-api-versions --bootstrap-server {UNKNOWN}", code=1,
             err="No resolvable bootstrap urls given in bootstrap.servers{any}\n{rest}"),
    ]),
    Transcript("properties that cannot be", [
        Call(f"{line} --bootstrap-server {{bootstrap}} --command-config {{dir}}/bad.properties",
             files=BAD_FILE, out=out, err=err, code=code)
        for line, out, err, code in [
            ("kafka-topics --list", "", BAD + "\n{rest}", 1),
            ("kafka-consumer-groups --list", f"{GROUPS_FAILED}{BAD}\n", "{any}" + BAD + "\n{rest}", 0),
            ("kafka-log-dirs --describe", "", BAD + "\n{rest}", 1),
            ("kafka-get-offsets --topic t", "", f"Error occurred: {BAD}\n{{rest}}", 1),
            ("kafka-cluster cluster-id", "", BAD + "\n{rest}", 1),
            (PERF, "", "{any}ConfigException: " + BAD + "\n{rest}", 1),
        ]
    ] + [
        Call(f"{line} --bootstrap-server {{bootstrap}} --command-config {{dir}}/nosuch.properties",
             err=before + "{dir}/nosuch.properties{any}\n{rest}", code=1)
        for line, before in [
            ("kafka-topics --list", ""), ("kafka-groups --list", ""), ("kafka-log-dirs --describe", ""),
            ("kafka-get-offsets --topic t", "Error occurred: "), ("kafka-cluster cluster-id", ""),
            (PERF, "java.nio.file.NoSuchFileException: "),
        ]
    ] + [
        Call("kafka-transactions --bootstrap-server {bootstrap} --command-config {dir}/nosuch list",
             code=1, err=("Failed to load admin client properties: {dir}/nosuch{any}. Enable debug "
                          "logging for additional detail.\n")),
    ]),
    Transcript("tools without words", [
        without_words("kafka-producer-perf-test", code=0, out=(
            "usage: kafka-producer-perf-test\n       [-h] [--bootstrap-server BOOTSTRAP-SERVER] "
            "--topic TOPIC\n{rest}optional arguments:\n{rest}")),
        without_words("kafka-verifiable-producer", code=0, out=(
            "usage: verifiable-producer [-h] --topic TOPIC [--max-messages MAX-MESSAGES]\n{rest}")),
        without_words("kafka-verifiable-consumer", code=0,
                      out="usage: verifiable-consumer [-h] --topic TOPIC\n{rest}"),
        without_words("kafka-consumer-perf-test", err=(
            f"This tool is used to verify the consumer performance.\n{OPTIONS}")),
        without_words("kafka-console-producer", err=(
            "This tool helps to read data from standard input and publish it to Kafka.\n" + OPTIONS)),
        without_words("kafka-console-consumer", err=(
            "This tool helps to read data from Kafka topics and outputs it to standard output.\n"
            + OPTIONS)),
        Call(f"{VERIFIED} --bootstrap-server {{bootstrap}} --acks 5", code=1, err=(
            "usage: verifiable-producer {rest}verifiable-producer: error: argument  --acks:  invalid  "
            "choice: '5' (choose\nfrom {{0,1,-1}})\n")),
    ]),
]
