"""Transcripts of kafka-storage."""

from tool_transcripts import Call, Transcript

ID = "MkU3OEVBNTcwNTJENDM2Qg"
ROLES = ("process.roles=broker,controller\nnode.id=1\n"
         "listeners=PLAINTEXT://127.0.0.1:29092,CONTROLLER://127.0.0.1:29093\n"
         "controller.listener.names=CONTROLLER\n")
VOTERS = ROLES + "controller.quorum.voters=1@127.0.0.1:29093\n"
DYNAMIC = ROLES + "controller.quorum.bootstrap.servers=127.0.0.1:29093\n"
CLUSTER = f"cluster.id={ID}, directory.id={{id}}, node.id=1, version=1"


def at(properties):
    """A file of settings, in the transcript's directory."""
    return {"s.properties": properties + "log.dirs={dir}/logs\n"}


def storage(line, **printed):
    return Call(f"kafka-storage {line}", **printed)


TRANSCRIPTS = [
    Transcript("a directory is formatted", [
        storage("random-uuid", out="{id}\n"),
        storage("info -c {dir}/s.properties", files=at(VOTERS), code=1,
                out="Found problem:\n  {dir}/logs does not exist\n\n"),
        storage(f"format -t {ID} -c {{dir}}/s.properties",
                out="{rest}Formatting metadata directory {dir}/logs with metadata.version 4.4-IV2.\n"),
        storage(f"format -t {ID} -c {{dir}}/s.properties", code=1, err=(
            "Log directory {dir}/logs is already formatted. Use --ignore-formatted to ignore this "
            "directory and format the others.\n")),
        storage(f"format --cluster-id {ID} --config {{dir}}/s.properties --ignore-formatted",
                out="All of the log directories are already formatted.\n"),
        storage("info -c {dir}/s.properties", out=(
            f"Found log directory:\n  {{dir}}/logs\n\nFound metadata: {{{{{CLUSTER}}}}}\n\n")),
    ]),
    Transcript("a node of a dynamic quorum is formatted", [
        storage(f"format -t {ID} -c {{dir}}/s.properties", files=at(DYNAMIC), code=1, err=(
            "Because controller.quorum.voters is not set on this controller, you must specify one of "
            "the following: --standalone, --initial-controllers, or --no-initial-controllers.\n")),
        storage(f"format --standalone -t {ID} -c {{dir}}/s.properties", out=(
            "{rest}Formatting dynamic metadata voter directory {dir}/logs with metadata.version "
            "4.4-IV2.\n")),
    ]),
    Transcript("words of kafka-storage that are refused", [
        storage(f"format -t {ID} -c {{dir}}/s.properties --standalone", files=at(VOTERS), code=1,
                err="You cannot specify controller.quorum.voters and format the node with "
                "--initial-controllers or --standalone. If you want to use dynamic quorum, please "
                "remove controller.quorum.voters and specify controller.quorum.bootstrap.servers "
                "instead.\n"),
        storage(f"format -t {ID} -c {{dir}}/s.properties -r 9", code=1,
                err="Unknown metadata.version '9'. Supported metadata.version are: 3.3-IV3, {any}\n"),
        storage(f"format -t {ID} -c {{dir}}/s.properties -f foo=1", code=1, err=(
            "Unsupported feature: foo. Supported features are: eligible.leader.replicas.version, "
            "group.version, kraft.version, share.version, streams.version, transaction.version\n")),
        storage("info -c {dir}/s.properties", code=1,
                out="Found problem:\n  {dir}/logs does not exist\n\n"),
        storage("format -c x", code=1, err=(
            "usage: kafka-storage format {rest}kafka-storage: error: argument --cluster-id/-t is "
            "required\n")),
        storage("", code=1, err="usage: kafka-storage {rest}kafka-storage: error: too few arguments\n"),
    ]),
]
