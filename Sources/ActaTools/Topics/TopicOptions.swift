package import Arguments

/// What may stand behind `kafka-topics`.
enum TopicOptions {
  static let connection = ConnectionOptions.jopt

  // What to do.
  static let list = Option(flag: "list", help: "List the topics that there are.")
  static let describe = Option(flag: "describe", help: "Show topics and their partitions.")
  static let create = Option(flag: "create", help: "Create a topic.")
  static let alter = Option(
    flag: "alter",
    help: "Give topics more partitions. (Settings of topics are altered by kafka-configs.)")
  static let delete = Option(flag: "delete", help: "Delete topics.")

  // With which topics.
  static let topic = Option(
    "topic", takes: .text, valueName: "topic",
    help: "The topic; except with --create also a regular expression that the whole name matches.")
  static let topicID = Option(
    "topic-id", takes: .text, valueName: "topic-id", help: "The id of the topic to describe.")
  static let excludeInternal = Option(
    flag: "exclude-internal",
    help: "Leave the cluster's own topics out when listing or describing.")
  static let ifExists = Option(
    flag: "if-exists",
    help: "Do nothing where the topic to alter, delete or describe does not exist.")
  static let ifNotExists = Option(
    flag: "if-not-exists", help: "Do nothing where the topic to create exists already.")

  // What it is to be.
  static let partitions = Option<Int32?>(
    "partitions", takes: .integer, valueName: "# of partitions",
    help: "How many partitions the topic is to have; created without, it has the cluster's "
      + "default. (With more of them a key's records may go to another partition than before.)")
  static let replicationFactor = Option<Int32?>(
    "replication-factor", takes: .integer, valueName: "replication factor",
    help: "How many brokers have each partition; without, the cluster's default.")
  static let replicaAssignment = Option(
    "replica-assignment", takes: .text,
    valueName: "broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , "
      + "broker_id_for_part2_replica1 : broker_id_for_part2_replica2 , ...",
    help: "The brokers of each partition, in place of numbers.")
  static let config = Option(
    repeatable: "config", takes: .text, valueName: "name=value",
    help: "A setting of the topic to create; repeatable. (Settings of topics are altered by "
      + "kafka-configs, which also shows which there are.)")
  static let deleteConfig = Option(
    repeatable: "delete-config", takes: .text, valueName: "name",
    help: "Has no effect since Kafka 4.0.")

  // What to show.
  static let underReplicated = Option(
    flag: "under-replicated-partitions",
    help: "Describe only partitions that lack a replica in sync.")
  static let unavailable = Option(
    flag: "unavailable-partitions", help: "Describe only partitions without a leader.")
  static let underMinISR = Option(
    flag: "under-min-isr-partitions",
    help: "Describe only partitions with fewer replicas in sync than min.insync.replicas.")
  static let atMinISR = Option(
    flag: "at-min-isr-partitions",
    help: "Describe only partitions with as many replicas in sync as min.insync.replicas.")
  static let withOverrides = Option(
    flag: "topics-with-overrides", help: "Describe only topics with settings of their own.")
  static let pageSize = Option<Int32>(
    "partition-size-limit-per-response", takes: .integer,
    valueName: "maximum number of partitions per response", default: 2000,
    help: "How many partitions a broker tells of at a time.")

  static let actions = [list, describe, create, alter, delete]
  private static let filters = [underReplicated, unavailable, underMinISR, atMinISR]

  static let all: [any DeclaredOption] =
    connection.all + actions
    + [
      topic, topicID, excludeInternal, ifExists, ifNotExists, partitions, replicationFactor,
      replicaAssignment, config, deleteConfig, withOverrides, pageSize, OutputFormat.option,
    ] + filters

  /// In Kafka's order, which decides what is said where several are broken.
  static let rules: [Rule] =
    [
      .that { given in
        given.count(of: actions) == 1
          ? nil
          : "Command must include exactly one action: --list, --describe, --create, --alter or "
            + "--delete"
      },
      .that(showsOptions: false) { given in
        given.contains(connection.bootstrapServer) ? nil : "--bootstrap-server must be specified"
      },
      .that { given in
        given.count(of: [describe, ifExists]) == 2 && given.count(of: [topic, topicID]) == 0
          ? "--topic or --topic-id is required to describe a topic" : nil
      },
    ]
    + [create, alter, delete].map { .requires([topic], with: $0) }
    + [
      .that { given in
        given.contains(alter) && given.contains(config)
          ? "Option combination \"[[config], [bootstrap-server]]\" can't be used with option "
            + "\"[alter]\" (To alter topic configurations, the kafka-configs tool can be used.)"
          : nil
      },
      .requires([partitions], with: alter),
      only(config, with: [create, alter]),
      only(partitions, with: [create, alter]),
      only(replicationFactor, with: [create]),
      only(replicaAssignment, with: [create, alter]),
      .that { given in
        given.contains(create) && given.contains(replicaAssignment)
          ? [partitions, replicationFactor].first { given.contains($0) }.map {
            "Option \"[replica-assignment]\" can't be used with option \"[\($0.declaration.name)]\""
          } : nil
      },
    ]
    + filters.map { .excludes($0, actions.filter { $0.declaration.name != "describe" }) }
    + filters.map { .excludes($0, [withOverrides]) }
    + [
      only(ifExists, with: [alter, delete, describe]),
      only(ifNotExists, with: [create]),
      only(excludeInternal, with: [list, describe]),
    ]

  /// An option that belongs to some actions.
  private static func only(_ option: any DeclaredOption, with allowed: [Option<Bool>]) -> Rule {
    let names = Set(allowed.map(\.declaration.name))
    return .excludes(option, actions.filter { !names.contains($0.declaration.name) })
  }
}

extension TopicsTool {
  package static var command: Command {
    Command(
      name: "kafka-topics", abstract: "Create, delete, describe, or change a topic.",
      discussion: "This tool helps to create, delete, describe, or change a topic.",
      version: KafkaVersion.current, dialect: .jopt, options: TopicOptions.all,
      rules: TopicOptions.rules)
  }
}
