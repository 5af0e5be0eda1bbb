"""Where our tools print other than Kafka's, and mean to.

What is not named here has to be the same. A difference that is named and is not there fails, too.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    #: The whole line of the call.
    line: str
    reason: str
    #: Whose tool, and whose broker; None is either.
    tool: str | None = None
    broker: str | None = None
    #: What is printed in place of what the transcript says.
    out: str | None = None
    err: str | None = None
    code: int | None = None

    def concerns(self, line, tool, broker):
        return (self.line == line and self.tool in (None, tool)
                and self.broker in (None, broker))


TOPICS = "kafka-topics --bootstrap-server {bootstrap} "
MINIMUM = "Kafka's broker has a dynamic default of its own, min.insync.replicas, and shows it."

CONFIGS = "kafka-configs --bootstrap-server {bootstrap} "
NO_CREDENTIALS = "Our broker authenticates nobody, keeps no credentials, and says so."


def no_credentials(line, exception):
    return Difference(CONFIGS + line, NO_CREDENTIALS, broker="acta", out="", code=1, err=(
        "Error while executing config command {any}\njava.util.concurrent.ExecutionException: "
        f"org.apache.kafka.common.errors.{exception}: {{any}}\n{{rest}}"))


WANTED = [
    no_credentials("--entity-type users --entity-name bob --alter "
                   "--add-config SCRAM-SHA-512=[password=pw]", "SecurityDisabledException"),
    no_credentials("--user bob --alter --add-config SCRAM-SHA-256=[iterations=8192,password=a,b=]",
                   "SecurityDisabledException"),
    no_credentials("--user bob --alter --delete-config SCRAM-SHA-512", "ResourceNotFoundException"),
    Difference(CONFIGS + "--user bob --describe", NO_CREDENTIALS, broker="acta", out=""),
] + [
    Difference(f"{TOPICS}--describe {which}", MINIMUM, broker="kafka", out=(
        "Topic: t\tTopicId: {id}\tPartitionCount: 2\tReplicationFactor: 1\t"
        "Configs: min.insync.replicas=1,retention.ms=1000\n{rest}"))
    for which in ("--topic t", "--topics-with-overrides")
] + [
    Difference(f"{TOPICS}--alter --topic a --partitions 2 --config a=b",
               "The two options come out of a set, in any order.", tool="kafka",
               err="Option combination {any} can't be used with option {any}\n{rest}"),
]
