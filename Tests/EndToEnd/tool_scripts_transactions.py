"""Transcripts of kafka-transactions and kafka-features."""

from tool_transcripts import Call, Transcript

T = "kafka-transactions --bootstrap-server {bootstrap}"
F = "kafka-features --bootstrap-server {bootstrap}"
PRODUCERS = ("ProducerId\tProducerEpoch\tLatestCoordinatorEpoch\tLastSequence\tLastTimestamp\t"
             "CurrentTransactionStartOffset\t\n")
HANGING = ("Topic\tPartition\tProducerId\tProducerEpoch\tCoordinatorEpoch\tStartOffset\t"
           "LastTimestamp\tDuration(min)\t\n")
UPDATE = ("The update failed for all features since the following feature had an error: Invalid "
          "update version")
UNKNOWN = "Unknown metadata.version '9'. Supported metadata.version are: 3.3-IV3, {any}\n"


def refused(line, sentence):
    return Call(line, err=f"{sentence}\n", code=1)


def usage(line, error):
    return Call(f"{T} {line}", code=1,
                err=f"usage: kafka-transactions.sh {{rest}}kafka-transactions.sh: error: {error}\n")


def unchanged(line, why, count=1):
    return Call(f"{F} {line}", out=f"{why}\n", err=f"{count} out of {count} operation(s) failed.\n",
                code=1)


TRANSCRIPTS = [
    Transcript("transactions", [
        Call("kafka-topics --bootstrap-server {bootstrap} --create --topic t",
             out="Created topic t.\n"),
        Call(f"{T} list",
             out="TransactionalId\tCoordinator\tProducerId\tTransactionState\t\n"),
        Call(f"{T} describe-producers --topic t --partition 0", out=PRODUCERS),
        Call(f"{T} find-hanging --topic t", out=HANGING),
        Call(f"{T} find-hanging --broker-id 1", out=HANGING),
        Call(f"{T} find-hanging --broker-id 9", out=HANGING),
        Call(f"{T} forceTerminateTransaction --transactionalId etl-1"),
        Call(f"{T} list", out=(
            "TransactionalId\tCoordinator\tProducerId\tTransactionState\t\n"
            "etl-1          \t1          \t{any}\tEmpty           \t\n")),
        Call(f"{T} list --transactional-id-pattern x.*",
             out="TransactionalId\tCoordinator\tProducerId\tTransactionState\t\n"),
        Call(f"{T} describe --transactional-id etl-1", out=(
            "CoordinatorId\tTransactionalId\tProducerId\tProducerEpoch\tTransactionState\t"
            "TransactionTimeoutMs\tCurrentTransactionStartTimeMs\tTransactionDurationMs\t"
            "TopicPartitions\t\n"
            "1            \tetl-1          \t{any}\tEmpty           \t{any}\t"
            "None                         \tNone                 \t               \t\n")),
        refused(f"{T} describe --transactional-id x",
                "Failed to describe transaction state of transactional-id `x`: DescribeTransactions "
                "request for transactionalId `x` failed because the ID could not be found. Enable debug "
                "logging for additional detail."),
        refused(f"{T} abort --topic t --partition 0 --start-offset 42",
                "Could not find any open transactions starting at offset 42 on partition t-0"),
        refused(f"{T} abort --topic t --partition 0",
                "The transaction to abort must be identified either with --start-offset (for brokers "
                "on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch "
                "(for older brokers)"),
        refused(f"{T} abort --topic t --partition 0 --producer-id 1",
                "Missing required argument --producer-epoch"),
        refused(f"{T} find-hanging", "The `find-hanging` command requires either --topic or "
                "--broker-id to limit the scope of the search"),
        *(Call(line, code=1, err=(
            "usage: kafka-transactions.sh [-h] [-v] [--command-config FILE]\n"
            "                             --bootstrap-server host:port COMMAND ...\n"
            f"kafka-transactions.sh: error: {error}\n")) for line, error in [
                ("kafka-transactions", "too few arguments"), (T, "too few arguments"),
                ("kafka-transactions list", "argument --bootstrap-server is required"),
                (f"{T} --foo list", "unrecognized arguments: '--foo'"),
            ]),
        usage("describe", "argument --transactional-id is required"),
        usage("describe-producers --topic t", "argument --partition is required"),
        Call("kafka-transactions --version", out="4.4.0{any}\n"),
    ]),
    Transcript("features", [
        Call(f"{F} describe", out=(
            "{rest}Feature: group.version                             SupportedMinVersion: 0        "
            "        SupportedMaxVersion: 1                FinalizedVersionLevel: 1                "
            "Epoch: {any}\n{rest}SupportedMaxVersion: 4.4-IV2          "
            "FinalizedVersionLevel: 4.4-IV2          Epoch: {any}\n{rest}")),
        Call(f"{F} upgrade --feature group.version=1", out="group.version was upgraded to 1.\n"),
        Call(f"{F} upgrade --feature group.version=1 --dry-run",
             out="group.version can be upgraded to 1.\n"),
        unchanged("upgrade --feature foo=1",
                  f"Could not upgrade foo to 1. {UPDATE} 1 for feature foo. Local controller 1 does "
                  "not support this feature."),
        unchanged("upgrade --feature group.version=9",
                  f"Could not upgrade group.version to 9. {UPDATE} 9 for feature group.version. "
                  "Local controller 1 only supports versions 0-1"),
        unchanged("downgrade --feature group.version=1 --feature transaction.version=9",
                  "Could not downgrade group.version to 1. {any}\n"
                  "Could not downgrade transaction.version to 9. {any}", 2),
        unchanged("disable --feature foo",
                  f"Could not disable foo. {UPDATE} 0 for feature foo. Feature foo not found."),
        refused(f"{F} upgrade", "You must specify at least one feature to upgrade"),
        refused(f"{F} upgrade --feature foo",
                "Can't parse feature=level string foo: equals sign not found."),
        refused(f"{F} upgrade --feature foo=x",
                "Can't parse feature=level string foo=x: unable to parse x as a short."),
        refused(f"{F} upgrade --feature group.version=1 --feature group.version=1",
                "Feature group.version was specified more than once."),
        refused(f"{F} upgrade --release-version 4.0 --metadata 4.0",
                "Can not specify `release-version` with other feature flags."),
        Call(f"{F} upgrade --release-version 9", err=UNKNOWN, code=1),
        Call("kafka-features version-mapping --release-version 4.0", out=(
            "metadata.version=25 (4.0)\nkraft.version=1\ntransaction.version=2\ngroup.version=1\n"
            "eligible.leader.replicas.version=0\nshare.version=0\nstreams.version=0\n")),
        Call("kafka-features version-mapping", out=(
            "metadata.version=33 (4.4-IV2)\nkraft.version=1\ntransaction.version=2\n"
            "group.version=1\neligible.leader.replicas.version=1\nshare.version=2\n"
            "streams.version=1\n")),
        Call("kafka-features feature-dependencies --feature eligible.leader.replicas.version=1",
             out="eligible.leader.replicas.version=1 requires:\n"
             "    metadata.version=23 (4.0-IV1)\n"),
        Call("kafka-features describe", code=1, err=(
            "Command line error: You must specify either --bootstrap-controller or "
            "--bootstrap-server.. Type --help for help.")),
        Call(f"{F} --foo", code=1,
             err="Command line error: unrecognized arguments: '--foo'. Type --help for help."),
    ]),
]
