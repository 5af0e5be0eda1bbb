"""Transcripts of kafka-acls, on brokers without an authorizer."""

from tool_transcripts import Call, Transcript

T = "kafka-acls --bootstrap-server {bootstrap}"
#: The options, behind a sentence about what is wrong.
OPTIONS = "Option {any}\n------ {rest}"
DISABLED = ("Error while executing ACL command: org.apache.kafka.common.errors."
            "SecurityDisabledException: No Authorizer is configured{any}\n{rest}")


def refused(line, sentence, tool=T):
    return Call(f"{tool} {line}", err=f"{sentence}\n{OPTIONS}", code=1)


TRANSCRIPTS = [
    Transcript("there are no access rules", [
        Call(f"{T} --list", out=DISABLED, code=1),
        Call(f"{T} --list --topic t --principal User:a", out=DISABLED, code=1),
        Call(f"{T} --add --allow-principal User:a --operation Read --topic t", out=DISABLED, code=1),
        Call(f"{T} --add --allow-principal User:a --producer --consumer --topic t --group g",
             out=DISABLED, code=1),
        Call(f"{T} --remove --topic t --force", out=DISABLED, code=1),
    ]),
    Transcript("words of kafka-acls that are refused", [
        Call("kafka-acls", code=1, err="This tool helps to manage acls on kafka.\n" + OPTIONS),
        Call("kafka-acls --version", out="4.4.0\n"),
        refused("--list", "One of --bootstrap-server or --bootstrap-controller must be specified",
                "kafka-acls"),
        refused("--bootstrap-controller localhost:1 --list",
                "Only one of --bootstrap-server or --bootstrap-controller must be specified"),
        refused("", "Command must include exactly one action: --list, --add, --remove. "),
        refused("--list --add", "Command must include exactly one action: --list, --add, --remove. "),
        refused("--list --producer", 'Option "[list]" can\'t be used with option "[producer]"'),
        refused("--add --producer --topic t --operation Read",
                'Option "[producer]" can\'t be used with option "[operation]"'),
        refused("--add --topic t --principal User:a",
                "The --principal option is only available if --list is set"),
        refused("--add --allow-principal User:a --producer", "With --producer you must specify a --topic"),
        refused("--add --allow-principal User:a --idempotent --topic t",
                "The --idempotent option is only available if --producer is set"),
        refused("--add --allow-principal User:a --consumer --topic t",
                "With --consumer you must specify a --topic and a --group and no --cluster or "
                "--transactional-id option should be specified."),
        refused("--list --foo", "foo is not a recognized option"),
        refused("--add --allow-principal User:a", "You must provide at least one resource: --topic "
                "<topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>"),
        refused("--add --topic t", "You must specify one of: --allow-principal, --deny-principal when "
                "trying to add ACLs."),
        refused("--add --allow-principal User:a --topic t --operation CreateTokens",
                "ResourceType TOPIC only supports operations {any}"),
        refused("--add --allow-principal User:a --topic t --resource-pattern-type any",
                "A '--resource-pattern-type' value of 'ANY' is not valid when adding acls."),
        Call(f"{T} --add --allow-principal a --topic t", code=1, out=(
            "Error while executing ACL command: expected a string in format "
            "principalType:principalName but got a\n{rest}")),
        Call(f"{T} --add --allow-principal User:a --topic t --resource-pattern-type foo", code=1, out=(
            "Error while executing ACL command: Cannot parse argument 'foo' of option "
            "resource-pattern-type\n{rest}")),
    ]),
]
