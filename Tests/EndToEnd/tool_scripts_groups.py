"""Transcripts of kafka-consumer-groups and kafka-groups."""

from tool_transcripts import Call, Transcript

T = "kafka-consumer-groups --bootstrap-server {bootstrap}"
#: The options, behind a sentence about what is wrong.
OPTIONS = "Option {any}\n------ {rest}"
NOTICE = (
    "WARN: No action will be performed as the --execute option is missing. In version 5.0, this "
    "command will require either --dry-run or --execute to be specified. You should add the "
    "--dry-run option explicitly if you are scripting this command and want to keep the current "
    "default behavior without prompting.\n")
ERRORS = "org.apache.kafka.common.errors"
UNKNOWN_TOPIC = f"{ERRORS}.UnknownTopicOrPartitionException"
DOES_NOT_HOST = "This server does not host this topic-partition."
PLAN = "\nGROUP           TOPIC           PARTITION  NEW-OFFSET\n"
OFFSETS = (
    "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             "
    "CONSUMER-ID     HOST            CLIENT-ID\n")


def failed(line, message, logged):
    """Kafka ends with 0 whatever a broker says; ours has one line in place of a stack."""
    return Call(f"{T} {line}", err=f"{logged}\n{{rest}}",
                out=f"\nError: Executing consumer group command failed due to {message}\n")


def refused(line, sentence, tool=T):
    return Call(f"{tool} {line}", err=f"{sentence}\n{OPTIONS}", code=1)


def plan(line, *rows, out="", err="", **more):
    """Rows are group, topic, partition, offset."""
    table = "".join(f"{row[0]:15} {row[1]:15} {row[2]:<10} {row[3]}\n" for row in rows)
    return Call(f"{T} --reset-offsets {line}", out=out + PLAN + table, err=err, **more)


def created(topic, partitions=1):
    return Call(f"kafka-topics --bootstrap-server {{bootstrap}} --create --topic {topic} "
                f"--partitions {partitions}", out=f"Created topic {topic}.\n")


def gone(topic):
    return Call(f"kafka-topics --bootstrap-server {{bootstrap}} --delete --topic {topic}")


def inactive(group):
    return f"\nConsumer group '{group}' has no active members.\n"


TRANSCRIPTS = [
    Transcript("groups from first to last", [
        created("gt"),
        plan("--group g --topic gt --to-earliest --execute", ("g", "gt", 0, 0)),
        Call(f"{T} --list", out="g\n"),
        Call(f"{T} --list --state", out=f"{'GROUP':25} {'STATE':20}\n{'g':25} {'Empty':20}\n"),
        Call(f"{T} --list --type --state empty,stable", out=(
            f"{'GROUP':25} {'TYPE':20} {'STATE':20}\n{'g':25} {'Classic':20} {'Empty':20}\n")),
        Call(f"{T} --list --type Consumer", out=f"{'GROUP':25} {'TYPE':20}\n"),
        Call(f"{T} --describe --group g", err=inactive("g"), out=(
            OFFSETS + "g               gt              0          0               0               "
            "0               -               -               -\n")),
        Call(f"{T} --describe --all-groups --offsets --verbose", err=inactive("g"), out=(
            "\nGROUP           TOPIC           PARTITION  LEADER-EPOCH    CURRENT-OFFSET  "
            "LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\n"
            "g               gt              0          -               0               0         "
            "      0               -               -               -\n")),
        Call(f"{T} --describe --group g --members", err=inactive("g"), out=(
            "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     \n")),
        Call(f"{T} --describe --group g --members --verbose", err=inactive("g"), out=(
            "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     "
            "CURRENT-EPOCH   CURRENT-ASSIGNMENT   TARGET-EPOCH    TARGET-ASSIGNMENT   \n")),
        Call(f"{T} --describe --group g --state", err=inactive("g"), out=(
            "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                "
            "#MEMBERS\n"
            "g               127.0.0.1:{port}  (1)      -                    Empty                0\n")),
        Call(f"{T} --describe --group g --state --verbose", err=inactive("g"), out=(
            "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                "
            "GROUP-EPOCH     TARGET-ASSIGNMENT-EPOCH   #MEMBERS\n"
            "g               127.0.0.1:{port}  (1)      -                    Empty                "
            "-               -                         0\n")),
        Call("kafka-groups --bootstrap-server {bootstrap} --list", out=(
            f"{'GROUP':20} {'TYPE':20} {'PROTOCOL':20}\n{'g':20} {'Classic':20} {'':20} \n")),
        Call("kafka-groups --bootstrap-server {bootstrap} --list --share",
             out=f"{'GROUP':20} {'TYPE':20} {'PROTOCOL':20}\n"),
        Call(f"{T} --delete --group g --group nosuch", out=(
            "\nError: Deletion of some consumer groups failed:\n* Group 'nosuch' could not be deleted "
            f"due to: {ERRORS}.GroupIdNotFoundException: The group id does not exist.\n\n"
            "These consumer groups were deleted successfully: 'g'\n")),
        Call(f"{T} --list"),
        Call(f"{T} --delete --all-groups",
             out="Deletion of requested consumer groups () was successful.\n"),
        gone("gt"),
    ]),
    Transcript("offsets are reset", [
        created("rt"),
        plan("--group r --topic rt --to-earliest", ("r", "rt", 0, 0), err=NOTICE,
             records={"rt": ["a", "b", "c", "d"]}),
        plan("--group r --topic rt:0 --to-latest --execute", ("r", "rt", 0, 4)),
        plan("--group r --topic rt --to-offset 3 --dry-run", ("r", "rt", 0, 3)),
        plan("--group r --topic rt --shift-by -1 --dry-run", ("r", "rt", 0, 3)),
        plan("--group r --all-topics --to-current --dry-run", ("r", "rt", 0, 4)),
        plan("--group new --topic rt --to-current --dry-run", ("new", "rt", 0, 4)),
        plan("--all-groups --all-topics --to-earliest --dry-run", ("r", "rt", 0, 0)),
        plan("--group r --topic rt --to-offset 99 --dry-run", ("r", "rt", 0, 4), err=(
            "[{date}] WARN New offset (99) is higher than latest offset for topic partition rt-0. "
            "Value will be set to 4. (org.apache.kafka.tools.GroupOffsetsResetter)\n")),
        plan("--group r --topic rt --to-offset -5 --dry-run", ("r", "rt", 0, 0), err=(
            "[{date}] WARN New offset (-5) is lower than earliest offset for topic partition rt-0. "
            "Value will be set to 0. (org.apache.kafka.tools.GroupOffsetsResetter)\n")),
        plan("--group r --topic rt --to-offset 1 --to-offset 2 --dry-run", ("r", "rt", 0, 1)),
        plan("--group r --topic rt --to-datetime 2026-01-01T00:00:00.000 --dry-run",
             ("r", "rt", 0, 0)),
        plan("--group r --topic rt --to-datetime 2996-01-01T00:00:00.000+01:00 --dry-run",
             ("r", "rt", 0, 4),
             out="\nWarn: Partition 0 from topic rt is empty. Falling back to latest known offset.\n"),
        plan("--group r --topic rt --by-duration P1DT2H --dry-run", ("r", "rt", 0, 0)),
        plan("--group r --topic rt --by-duration=-PT1H --dry-run", ("r", "rt", 0, 4),
             out="\nWarn: Partition 0 from topic rt is empty. Falling back to latest known offset.\n"),
        Call(f"{T} --reset-offsets --group r --topic rt --to-earliest --export --dry-run",
             out="rt,0,0\n\n"),
        Call(f"{T} --reset-offsets --all-groups --topic rt --to-earliest --export --dry-run",
             out="r,rt,0,0\n\n"),
        Call(f"{T} --reset-offsets --group 'g h' --topic rt --to-latest --export --dry-run",
             out="rt,0,4\n\n"),
        plan("--group r --from-file {dir}/short.csv --execute", ("r", "rt", 0, 2),
             files={"short.csv": "rt,0,2\n"}),
        plan("--group r --from-file {dir}/long.csv --dry-run", ("r", "rt", 0, 1),
             files={"long.csv": '"r","rt",0,1\nother,rt,0,3\n\n'}),
        plan("--group third --from-file {dir}/long.csv --dry-run",
             out="\nError: No reset plan for group third found.\n"),
        Call(f"{T} --describe --group r", err=inactive("r"), out=(
            OFFSETS + "r               rt              0          2               4               "
            "2               -               -               -\n")),
        Call(f"{T} --delete-offsets --group r --topic rt", out=(
            "Request succeeded for deleting offsets from group r.\n\n"
            "TOPIC           PARTITION  STATUS         \nrt              0          Successful     \n")),
        gone("rt"),
    ]),
    Transcript("offsets that cannot be reset or deleted", [
        created("nt"),
        refused("--reset-offsets --group n --topic nt --shift-by 1 --dry-run",
                "Cannot shift offset for partition nt-0 since there is no current committed offset"),
        refused("--reset-offsets --group n --topic nt:x --to-earliest --dry-run",
                "Invalid partition 'x' specified in topic arg 'nt:x''"),
        refused("--reset-offsets --group n --topic nt:0:1 --to-earliest --dry-run",
                "Invalid topic arg 'nt:0:1', expected topic name and partitions"),
        refused("--reset-offsets --group n --dry-run",
                "One of the reset scopes should be defined: --all-topics, --topic."),
        refused("--reset-offsets --group n --topic nt --dry-run",
                "Option '[reset-offsets]' requires one of the following scenarios: {any}"),
        failed("--reset-offsets --group n --topic nt:9 --to-earliest --dry-run",
               'The partitions "nt-9" do not exist',
               f'{UNKNOWN_TOPIC}: The partitions "nt-9" do not exist'),
        failed("--reset-offsets --group n --topic nosuch --to-earliest --dry-run", DOES_NOT_HOST,
               f"{UNKNOWN_TOPIC}: {DOES_NOT_HOST}"),
        failed("--reset-offsets --group n --topic nosuch:0 --to-earliest --dry-run",
               f"java.util.concurrent.ExecutionException: {UNKNOWN_TOPIC}: {DOES_NOT_HOST}",
               "java.lang.RuntimeException: java.util.concurrent.ExecutionException: "
               f"{UNKNOWN_TOPIC}: {DOES_NOT_HOST}"),
        failed("--reset-offsets --group n --topic nt --to-datetime 2026-01-01 --dry-run",
               "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' "
               "according to ISO8601 format", "java.lang.RuntimeException: {any}"),
        failed("--reset-offsets --group n --topic nt --to-datetime 2026-01-01T00:00:00 --dry-run",
               'java.text.ParseException: Unparseable date: "2026-01-01T00:00:00Z"',
               "java.lang.RuntimeException: {any}"),
        failed("--reset-offsets --group n --topic nt --by-duration P1Y --dry-run",
               "Text cannot be parsed to a Duration",
               "java.time.format.DateTimeParseException: Text cannot be parsed to a Duration"),
        failed("--reset-offsets --group n --topic nt --to-offset x --dry-run",
               "Cannot parse argument 'x' of option to-offset",
               "{any}Cannot parse argument 'x' of option to-offset"),
        Call(f"{T} --reset-offsets --group n --from-file {{dir}}/negative.csv --execute", code=1,
             files={"negative.csv": "nt,0,-5\n"}, err="Invalid negative offset\n" + OPTIONS),
        failed("--reset-offsets --group n --topic nt --from-file {dir}/nosuch.csv --dry-run",
               "{any}Unable to read file {dir}/nosuch.csv{any}", "{any}"),
        failed("--list --timeout x", "Cannot parse argument 'x' of option timeout",
               "{any}Cannot parse argument 'x' of option timeout"),
        failed("--describe --group nosuch",
               f"{ERRORS}.GroupIdNotFoundException: Group nosuch not found.",
               "java.util.concurrent.ExecutionException: "
               f"{ERRORS}.GroupIdNotFoundException: Group nosuch not found."),
        Call(f"{T} --delete-offsets --group nosuch --topic nt", out=(
            "\nError: The group id does not exist.\n\n"
            "TOPIC           PARTITION  STATUS         \n"
            f"nt              0          Error: {ERRORS}.GroupIdNotFoundException: The group id does "
            "not exist.\n")),
        plan("--group n --topic nt --to-earliest --execute", ("n", "nt", 0, 0)),
        Call(f"{T} --delete-offsets --group n --topic nt:7", out=(
            "\nError: Encountered some partition-level error, see the follow-up details.\n\n"
            "TOPIC           PARTITION  STATUS         \n"
            f"nt              7          Error: {UNKNOWN_TOPIC}: {DOES_NOT_HOST}\n")),
        Call(f"{T} --delete-offsets --group n --topic nosuch --topic nt", out=(
            "Request succeeded for deleting offsets from group n.\n\n"
            "TOPIC           PARTITION  STATUS         \n"
            f"nosuch          -          Error: {UNKNOWN_TOPIC}: {DOES_NOT_HOST}\n"
            "nt              0          Successful     \n")),
        failed("--delete-offsets --group n --group m --topic nt",
               "Found multiple arguments for option group, but you asked for only one",
               "{any}Found multiple arguments for option group, but you asked for only one"),
        gone("nt"),
    ]),
    Transcript("words of kafka-consumer-groups that are refused", [
        Call("kafka-consumer-groups", code=1, err=(
            "This tool helps to list, describe, delete and manage the offsets of consumer groups.\n"
            + OPTIONS)),
        Call("kafka-consumer-groups --help", code=1, err=(
            "This tool helps to list, describe, delete and manage the offsets of consumer groups.\n"
            + OPTIONS)),
        Call("kafka-consumer-groups --version", out="4.4.0\n"),
        refused("--list", 'Missing required argument "[bootstrap-server]"', "kafka-consumer-groups"),
        refused("", "Command must include exactly one action: --list, --describe, --delete, "
                "--reset-offsets, --delete-offsets, --validate-regex"),
        refused("--describe", "Option [describe] takes one of these options: {any}"),
        refused("--describe --group g --members --state",
                "Option [describe] takes at most one of these options: [members], [offsets], [state]"),
        refused("--describe --group g --state stable",
                "Option [describe] does not take a value for [state]"),
        refused("--describe --group g --all-groups",
                'Option "[group]" can\'t be used with option "[all-groups]"'),
        refused("--delete", "Option [delete] takes one of these options: {any}"),
        refused("--delete --group g --topic t", "The consumer does not support topic-specific offset "
                "deletion from a consumer group."),
        refused("--delete-offsets --group g",
                "Option [delete-offsets] takes the following options: {any}"),
        refused("--reset-offsets --group g --dry-run --execute",
                "Option [reset-offsets] only accepts one of [execute] and [dry-run]"),
        refused("--reset-offsets", NOTICE
                + "Option [reset-offsets] takes one of these options: {any}"),
        refused("--reset-offsets --group g --topic t --to-earliest --to-offset 3", NOTICE
                + 'Option "[to-offset]" can\'t be used with option "[to-earliest]"'),
        refused("--list --group g", 'Option "[group]" can\'t be used with option "[list]"'),
        refused("--list --topic g", 'Option "[topic]" can\'t be used with option "[list]"'),
        refused("--list --state foo", "Invalid state list 'foo'. Valid states are: {any}"),
        refused("--list --type foo", "Invalid types list 'foo'. Valid types are: {any}"),
        Call(f"{T} --list --foo", err="{any}foo is not a recognized option\n{rest}", code=1),
        Call(f"{T} --list --verbose", code=1, err=(
            "{any}Option(s) [verbose] are unavailable given other options on the command line\n"
            "{rest}")),
        Call(f"{T} --describe --group g --type", code=1, err=(
            "{any}Option(s) [type] are unavailable given other options on the command line\n{rest}")),
    ]),
    Transcript("regular expressions are judged", [
        Call(f"kafka-consumer-groups --validate-regex '{pattern}'",
             out=f"The regular expression `{pattern}` is {judgement}.\n")
        for pattern, judgement in [
            ("a.*", "valid"), ("(a", "invalid: missing closing )"), ("[a", "invalid: missing closing ]"),
            ("a**", "invalid: invalid nested repetition operator"),
            ("\\", "invalid: trailing backslash at end of expression"),
            ("*a", "invalid: missing argument to repetition operator"),
            ("[z-a]", "invalid: invalid character class range"),
            ("\\8", "invalid: invalid escape sequence"),
        ]
    ]),
    Transcript("words of kafka-groups that are refused", [
        Call("kafka-groups", code=1, err=(
            "Missing required option(s) [bootstrap-server]\nOption (* = required) {any}\n{rest}")),
        Call("kafka-groups --bootstrap-server {bootstrap}", code=1, err=(
            "Command must include exactly one action: --list.\nOption (* = required) {rest}")),
        Call("kafka-groups --bootstrap-server {bootstrap} --list --share --streams", code=1, err=(
            'Option "[share]" can\'t be used with option "[streams]"\n{rest}')),
        Call("kafka-groups --bootstrap-server {bootstrap} --list --foo", code=1, err=(
            "foo is not a recognized option\nOption (* = required) {rest}")),
        Call("kafka-groups --bootstrap-server {bootstrap} --list --group-type foo", code=1,
             err="--group-type must be a valid group type.\n{rest}"),
    ]),
]
