"""Transcripts of kafka-get-offsets, kafka-delete-records, kafka-cluster and kafka-broker-api-versions."""

from tool_transcripts import Call, Transcript

AT = "--bootstrap-server {bootstrap}"
OPTIONS = "Option {any}\n------ {rest}"
USAGE = "usage: kafka-cluster {rest}"


def offsets(line, out):
    return Call(f"kafka-get-offsets {AT} {line}", out=out)


def offsets_failed(line, sentence):
    return Call(f"kafka-get-offsets {AT} {line}", err=f"Error occurred: {sentence}\n", code=1)


def deletion(file, text, **printed):
    return Call(f"kafka-delete-records {AT} --offset-json-file {{dir}}/{file}",
                files={file: text}, **printed)


TRANSCRIPTS = [
    Transcript("offsets of partitions", [
        Call(f"kafka-topics {AT} --create --topic t --partitions 11", out="Created topic t.\n"),
        offsets("--topic t", "".join(f"t:{n}:0\n" for n in (0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9))),
        offsets("--topic t --partitions 1,10 --time -2", "t:1:0\nt:10:0\n"),
        offsets("--topic t --time max-timestamp", ""),
        offsets("--topic t --time 99999999999999", ""),
        offsets("--topic-partitions 't:0-2,t:9-,:4'", "t:0:0\nt:1:0\nt:10:0\nt:4:0\nt:9:0\n"),
        offsets("--topic-partitions t:-1", "t:0:0\n"),
        offsets_failed("--time x", "Malformed time argument x. Please use -1 or latest / -2 or "
                       "earliest / -3 or max-timestamp / -4 or earliest-local / -5 or "
                       "latest-tiered / -6 or earliest-pending-upload, or a specified long format "
                       "timestamp"),
        offsets_failed("--topic t --partitions -1",
                       "Could not match any topic-partitions with the specified filters"),
        offsets_failed("--partitions a", "--partitions expects a comma separated list of numeric "
                       "partition ids, but received: a"),
        offsets_failed("--topic t --topic-partitions x",
                       "--topic-partitions cannot be used with --topic or --partitions"),
        offsets_failed("--topic nosuch",
                       "Could not match any topic-partitions with the specified filters"),
        offsets_failed("--foo", "foo is not a recognized option"),
        offsets_failed("--time", "Option time requires an argument"),
        Call("kafka-get-offsets --topic x", code=1,
             err=f'Missing required argument "[bootstrap-server]"\n{OPTIONS}'),
    ]),
    Transcript("records are deleted", [
        Call(f"kafka-topics {AT} --create --topic t", out="Created topic t.\n"),
        deletion("a.json", '{"partitions":[{"topic":"t","partition":0,"offset":-1}],"version":1}',
                 out="Executing records delete operation\nRecords delete operation completed:\n"
                 "partition: t-0\tlow_watermark: 0\n"),
        deletion("b.json", '{"partitions":[{"topic":"t","partition":0,"offset":9}]}',
                 out="Executing records delete operation\nRecords delete operation completed:\n"
                 "partition: t-0\terror: "
                 "org.apache.kafka.common.errors.OffsetOutOfRangeException: {any}\n"),
        deletion("c.json", "x", err="The input string is not a valid JSON\n{rest}", code=1),
        deletion("d.json", "{}", err="Missing partitions field\n{rest}", code=1),
        deletion("e.json", '{"version":2}', err="Not supported version field value 2\n{rest}",
                 code=1),
        deletion("f.json", '{"partitions":[{"topic":"t","partition":0,"offset":-1},'
                 '{"topic":"t","partition":0,"offset":-1}]}', code=1,
                 err="Offset json file contains duplicate topic partitions: t-0\n{rest}"),
        *(deletion("g.json", text, err=f"{sentence}\n{{rest}}", code=1) for text, sentence in [
            ("[]", "Expected JSON object, received []"),
            ('{"partitions":3}', "Expected JSON array, received 3"),
            ('{"partitions":[],"version":"1"}', 'Expected `Integer` value, received "1"'),
            ('{"partitions":[{"topic":"t","partition":"x","offset":1}]}',
             'Expected `Integer` value, received "x"'),
            ('{"partitions":[{"topic":"t","offset":1}]}', "No such field exists: `partition`"),
        ]),
        Call(f"kafka-delete-records {AT} --offset-json-file /nosuch", code=1,
             err="Unable to read file /nosuch\n{rest}"),
        Call(f"kafka-delete-records {AT}", code=1,
             err=f'Missing required argument "[offset-json-file]"\n{OPTIONS}'),
    ]),
    Transcript("the cluster", [
        Call(f"kafka-cluster cluster-id {AT}", out="Cluster ID: {id}\n"),
        Call("kafka-cluster cluster-id -b {bootstrap}", out="Cluster ID: {id}\n"),
        Call(f"kafka-cluster list-endpoints {AT}", out=(
            "ID         HOST      PORT       RACK       STATE      ENDPOINT_TYPE  \n"
            "1          127.0.0.1 {port}      null       unfenced   broker         \n")),
        Call(f"kafka-cluster unregister {AT} --id 9", code=1,
             err="org.apache.kafka.common.errors.BrokerIdNotRegisteredException: {any}\n{rest}"),
        Call(f"kafka-cluster unregister-controller {AT} --id 9", code=1, err=(
            "org.apache.kafka.common.errors.ControllerIdNotRegisteredException: Controller ID 9 is not "
            "currently registered.\n{rest}")),
        Call(f"kafka-cluster unregister-controller {AT} --id 1", code=1, err=(
            "org.apache.kafka.common.errors.InvalidRequestException: Controller cannot unregister "
            "itself while it is active.\n{rest}")),
        Call(f"kafka-cluster cluster-id {AT} --config {{dir}}/admin.properties",
             files={"admin.properties": "client.id=somebody\n"}, out=(
                 "Option --config has been deprecated and will be removed in a future version. Use "
                 "--command-config instead.\nCluster ID: {id}\n")),
        Call(f"kafka-cluster cluster-id {AT} --config {{dir}}/admin.properties -c x", code=1,
             err="--config and --command-config cannot be specified together.\n{rest}"),
        Call(f"kafka-topics {AT} --create --topic t", out="Created topic t.\n"),
        # Asks until the leader has the log, which Kafka's makes a moment after the topic.
        Call(f"kafka-get-offsets {AT} --topic t", out="t:0:0\n"),
        Call(f"kafka-log-dirs {AT} --describe --topic-list t,nosuch", out=(
            "Querying brokers for log directories information\n"
            "Received log directory information from brokers 1\n"
            '{{"brokers":[{{"broker":1,"logDirs":[{{"partitions":[{{"partition":"t-0","size":0,'
            '"offsetLag":0,"isFuture":false}}],"error":null,"logDir":"{any}"}}]}}],"version":1}}\n')),
        Call(f"kafka-log-dirs {AT} --describe --broker-list 1,9", code=1, err=(
            "ERROR: The given brokers do not exist from --broker-list: 9. Current existent brokers: "
            "1\n")),
        Call(f"kafka-log-dirs {AT}", code=1,
             err=f'Missing required argument "[describe]"\n{OPTIONS}'),
        Call("kafka-cluster", code=1,
             err=USAGE + "kafka-cluster: error: too few arguments\n"),
        Call("kafka-cluster cluster-id --foo", code=1,
             err=USAGE + "kafka-cluster: error: unrecognized arguments: '--foo'\n"),
        Call(f"kafka-broker-api-versions {AT}", out=(
            "{bootstrap} (id: 1 rack: null isFenced: false) -> (\n"
            "\tProduce(0): 0 to 13 [usable: 13],\n{rest}"
            "\tGetTelemetrySubscriptions(71): UNSUPPORTED,\n\tPushTelemetry(72): UNSUPPORTED,\n{rest}"
            "\tUnregisterController(94): 0 [usable: 0]\n)\n")),
        Call(f"kafka-cluster api-versions {AT}", out=(
            "{bootstrap} (id: 1 rack: null isFenced: false) -> (\n"
            "\tProduce(0): 0 to 13 [usable: 13],\n{rest}\n)\n")),
    ]),
]
