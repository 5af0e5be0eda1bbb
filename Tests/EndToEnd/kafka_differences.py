"""Where Acta answers other than Apache Kafka, and means to.

What is not named here has to be the same. A difference that is named and is not there any more fails
the comparison, too, so that this list stays the truth.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    api: str
    #: A pattern for the whole path of the field, without indices.
    path: str
    reason: str
    #: A pattern for the whole title of the request in its script.
    title: str = ".*"
    #: What it is in Kafka and here, where only that is meant.
    kafka: object = ...
    acta: object = ...

    def explains(self, record, path, kafka, acta):
        return (self.api == record.name
                and re.fullmatch(self.path, path) is not None
                and re.fullmatch(self.title, record.title) is not None
                and self.kafka in (..., kafka) and self.acta in (..., acta))


WANTED = [
    # What there is to speak of.
    Difference("ApiVersions", r"ApiKeys\.\d+", "An API that is not served.", acta=None),
    Difference("ApiVersions", r"SupportedFeatures\..*", "A feature that is not there.", acta=None),
    Difference("ApiVersions", r"SupportedFeatures\.(metadata\.version\.MinVersion|"
               r"kraft\.version\.MaxVersion)", "Features are those of the release."),
    Difference("ApiVersions", r"FinalizedFeatures\..*", "A feature that is not there.", acta=None),
    Difference("ApiVersions", "FinalizedFeaturesEpoch", "Kafka counts records of its metadata log, "
               "and here the number of the start is told."),
    Difference("DescribeLogDirs", "Results.LogDir", "The one file, not a folder of folders."),

    # Clusters, and what they are not here.
    Difference("DescribeQuorum", r"Topics\.Partitions\.(LeaderEpoch|HighWatermark)", "Kafka counts the "
               "records of its metadata log, and here a start is what is counted.",
               title="the controllers"),
    Difference("DescribeQuorum", r"Topics\.Partitions\.CurrentVoters\.(LogEndOffset|LastFetchTimestamp|"
               "LastCaughtUpTimestamp)", "Kafka counts the records of its metadata log, and here a start "
               "is what is counted; now is another moment.", title="the controllers"),
    Difference("DescribeQuorum", r"Nodes\.Listeners\.(Name|Host|Port)", "The controller listens where the "
               "broker does.", title="the controllers"),
    Difference("UpdateFeatures", r"ErrorCode|ErrorMessage|Results", "Features are those of the release.",
               title="lower, safely"),
    Difference("AlterUserScramCredentials", r"Results\.(ErrorCode|ErrorMessage)", "As long as nobody "
               "authenticates a credential would be kept for nothing.", title="a good one", kafka=0,
               acta=54),
    Difference("AlterUserScramCredentials", r"Results\.ErrorMessage", "As long as nobody authenticates a "
               "credential would be kept for nothing.", title="a good one", kafka=None),
    Difference("DescribeProducers", r"Topics\.Partitions\.ActiveProducers\.LastTimestamp", "The time of "
               "the last append by the broker's clock, where Kafka tells the producer's."),
    Difference("DescribeClientQuotas", "Entries", "Of an entity that a request names twice Kafka takes the "
               "first and refuses the rest, and here it keeps what it has.",
               title="who was named twice"),

    # Topics are made at once.
    Difference("Metadata", r"Topics\.(ErrorCode|Partitions|TopicId)", "Kafka makes a topic after it has "
               "answered that there is none; here it is there with the first answer.",
               title="not there|made when named"),
    Difference("CreateTopics", "Topics.TopicId", "Kafka draws an id for a topic that it does not make.",
               title=".*only asked.*", acta=""),
    Difference("CreateTopics", r"Topics\..*", "Kafka compares names with topics there were before the "
               "request, and so makes two topics whose names collide.", title="refused.*: collides"),

    Difference("Metadata", "Topics", "Of a request that has ids in it Kafka forgets the names.",
               title="id and name in one request"),
    Difference("Metadata", r"\w+|Topics\.ErrorCode", "Kafka ends in an exception.", title="neither"),
    Difference("CreatePartitions", "Results.ErrorMessage", "A refusal says what is wrong, where Kafka "
               "leaves it to the code.", kafka=None),

    # Configuration.
    Difference("CreateTopics", r"Topics\.Configs\.max\.decompressed\.message\.bytes",
               "Kafka 4.4's bound for a topic; here the broker has one.", acta=None),
    Difference("CreateTopics", r"Topics\.Configs\.min\.insync\.replicas\.ConfigSource",
               "Kafka keeps a default for the cluster, for the sake of replicas."),
    Difference("DescribeConfigs", r"Results\.Configs\.min\.insync\.replicas\.(ConfigSource|Synonyms)",
               "Kafka keeps a default for the cluster, for the sake of replicas."),
    Difference("DescribeConfigs", r"Results\.Configs(\.min\.insync\.replicas)?",
               "Kafka keeps a default for the cluster, for the sake of replicas.",
               title="the cluster"),
    Difference("DescribeConfigs", r"Results\.Configs\.[\w.]+\.Documentation",
               "The description is our own."),
    Difference("DescribeConfigs", r"Results\.Configs\.[\w.-]+", "A key that this broker has no use for.",
               title="the broker.*", acta=None),
    Difference("DescribeConfigs", r"Results\.Configs\.acta\.[\w.]+", "A key of ours.",
               title="the broker.*", kafka=None),
    Difference("DescribeConfigs", r"Results\.Configs\.(group\.consumer\.regex\.refresh\.interval\.ms|"
               r"producer\.id\.expiration\.check\.interval\.ms)", "A key that Kafka has, too, and hides.",
               title="the broker.*", kafka=None),
    Difference("DescribeConfigs", r"Results\.Configs\.(advertised\.listeners|controller\.listener\.names|"
               r"controller\.quorum\.voters|default\.replication\.factor|"
               r"group\.initial\.rebalance\.delay\.ms|listeners|log\.dirs?|node\.id|num\.partitions|"
               r"offsets\.topic\.replication\.factor|process\.roles|"
               r"transaction\.state\.log\.(replication\.factor|min\.isr))\..*",
               "What the two were started with is not the same.", title="the broker.*"),
    Difference("DescribeConfigs", r"Results\.Configs\.super\.users", "In Kafka a key of its authorizer.",
               title="the broker.*", kafka=None),
    Difference("DescribeConfigs", "Results.ErrorMessage", "A refusal says what is wrong.",
               title="refused: not there"),

    # Producing.
    Difference("Produce", "Responses.PartitionResponses.ErrorMessage", "A refusal says what is wrong, "
               "where Kafka leaves it to the code.",
               title="(transactional: )?refused: .*|bytes behind|transactional: (what was not added|"
                     "after the end)"),
    Difference("Produce", "Responses.PartitionResponses.LogStartOffset", "Of a refused batch Kafka tells "
               "where the log begins, if it came as far as the log.",
               title="(transactional: )?refused: .*|bytes behind", acta=-1),
    Difference("Produce", "Responses.PartitionResponses.ErrorCode", "For an unknown codec Kafka ends in an "
               "exception; it is an unsupported compression type.",
               title="refused: a codec nobody knows", kafka=-1, acta=76),
    Difference("Produce", "Responses.PartitionResponses.ErrorCode", "A producer without an epoch is "
               "malformed, and not an older one.", title="refused: an old epoch", acta=87),
    Difference("Produce", "Responses.PartitionResponses.LogAppendTimeMs", "For a batch that it has already, "
               "Kafka tells the batch's time as if the broker had given it.",
               title="(idempotent, |transactional: )again", acta=-1),
    Difference("Produce", r"Responses\.PartitionResponses\.(ErrorCode|BaseOffset)",
               "Kafka drops what follows the batch, and acknowledges: half a batch would be lost.",
               title="bytes behind", acta=87),
    Difference("Produce", r"Responses\.PartitionResponses\.BaseOffset",
               "Kafka drops what follows the batch, and acknowledges: half a batch would be lost.",
               title="bytes behind", acta=-1),
    Difference("Produce", "Responses.PartitionResponses", "Of two batches for one partition Kafka keeps "
               "the last, and here both are appended.", title="the same partition twice"),

    # Fetching.
    Difference("Fetch", "(ErrorCode|Responses.*)", "With an isolation level that it does not know Kafka "
               "ends in an exception.", title="refused: isolation 9"),
    Difference("ListOffsets", r"Topics\.Partitions\.\w+", "With an isolation level that it does not know "
               "Kafka ends in an exception.", title="isolation 9"),
    Difference("ListOffsets", r"Topics\.Partitions\.\w+", "There are no replicas, and who calls itself one "
               "is refused.", title="a replica", acta=42),
    Difference("ListOffsets", r"Topics\.Partitions\.\w+", "There are no replicas, and who calls itself one "
               "is refused.", title="a replica", acta=-1),
    Difference("DescribeTopicPartitions", r"Topics\.\w+", "Kafka ends in an exception.",
               title="an empty name"),

    # Transactions.
    Difference("TxnOffsetCommit", r"Topics\.Partitions\.ErrorCode", "Once a producer has something open where "
               "the group is kept, Kafka does not ask in whose transaction it is.",
               title="(another|no) id, of the same producer", kafka=0),
    Difference("DescribeTransactions", "TransactionStates.TransactionStartTimeMs", "Of a transaction that is "
               "over no begin is told.", title="committed", acta=-1),
    Difference("ListTransactions", "TransactionStates", "To Kafka an id without a transaction has one since "
               "1970.", title="for an hour"),

    Difference("ListOffsets", r"Topics\.Partitions\.(Offset|Timestamp)", "To Kafka a marker is a record, "
               "which may have the largest time.", title=".*, isolation [01], -3"),

    # Groups.
    Difference("FindCoordinator", "Coordinators.ErrorMessage", "There are no share groups to find.",
               title="a share that is none"),
    Difference("DeleteGroups", "Results.ErrorMessage", "A refusal says what is wrong, where Kafka leaves "
               "it to the code.", kafka=None),
    Difference("ConsumerGroupHeartbeat", "ErrorMessage", "Why a classic group cannot be converted is not "
               "told apart.", title="refused: a classic group"),
    Difference("ConsumerGroupHeartbeat", "ErrorMessage", "RE2's own words are not told.",
               title="refused: a pattern that is none"),
    Difference("ConsumerGroupHeartbeat", "Assignment.TopicPartitions", "Kafka looks for a pattern's topics "
               "after the first answer; here they are in it.", title="a pattern"),
    Difference("ConsumerGroupHeartbeat", "MemberEpoch", "Kafka looks for a pattern's topics after the first "
               "answer, and raises the epoch then.", title="a pattern|pattern and names null"),
    Difference("ConsumerGroupDescribe", r"Groups\.(GroupState|AssignmentEpoch|Members\..*)",
               "Kafka looks for a pattern's topics after the first answer; here they are in it.",
               title="a pattern"),
]
