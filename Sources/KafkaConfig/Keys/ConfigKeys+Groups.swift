extension ConfigKeys {
  static let groups: [ConfigKey] = [
    ConfigKey(
      "offsets.topic.num.partitions", .int, 50, .atLeast(1),
      "Partitions of Kafka's offsets topic; accepted for compatibility, offsets are a table."),
    ConfigKey(
      "offsets.topic.replication.factor", .short, 3, .atLeast(1),
      "Replicas of Kafka's offsets topic; accepted for compatibility, offsets are a table."),
    ConfigKey(
      "offsets.retention.minutes", .int, 10_080, .atLeast(1),
      "How long the committed offsets of a group without members are kept, in minutes."),
    ConfigKey(
      "offsets.retention.check.interval.ms", .long, 600_000, .atLeast(1),
      "Time between two looks for offsets to forget, in milliseconds."),
    ConfigKey(
      "offset.metadata.max.bytes", .int, 4096,
      "The longest text that may be committed with an offset."),
    ConfigKey(
      "offsets.commit.timeout.ms", .int, 5000, .atLeast(1),
      "Time a commit may take, in milliseconds; accepted for compatibility."),
    ConfigKey(
      "group.min.session.timeout.ms", .int, 6000,
      "The shortest session timeout that a member may ask for, in milliseconds."),
    ConfigKey(
      "group.max.session.timeout.ms", .int, 1_800_000,
      "The longest session timeout that a member may ask for, in milliseconds."),
    ConfigKey(
      "group.initial.rebalance.delay.ms", .int, 3000,
      "How long an empty group waits for more members after the first, in milliseconds."),
    ConfigKey(
      "group.max.size", .int, .integer(Int64(Int32.max)), .atLeast(1),
      "Members that a group may have."),
    ConfigKey(
      "group.coordinator.rebalance.protocols", .list, ["classic", "consumer", "streams"],
      .subset(of: ["classic", "consumer", "share", "streams"], mayBeEmpty: false),
      "Group protocols on offer; accepted for compatibility, for ApiVersions says what is served."),
  ]

  static let consumerGroups: [ConfigKey] = [
    ConfigKey(
      "group.consumer.session.timeout.ms", .int, 45_000, .atLeast(1),
      "Time without a heartbeat after which a member of a consumer group is removed."),
    ConfigKey(
      "group.consumer.min.session.timeout.ms", .int, 45_000, .atLeast(1),
      "The least that a group may set as its session timeout."),
    ConfigKey(
      "group.consumer.max.session.timeout.ms", .int, 60_000, .atLeast(1),
      "The most that a group may set as its session timeout."),
    ConfigKey(
      "group.consumer.heartbeat.interval.ms", .int, 5000, .atLeast(1),
      "How often members of a consumer group are told to send a heartbeat."),
    ConfigKey(
      "group.consumer.min.heartbeat.interval.ms", .int, 5000, .atLeast(1),
      "The least that a group may set as its heartbeat interval."),
    ConfigKey(
      "group.consumer.max.heartbeat.interval.ms", .int, 15_000, .atLeast(1),
      "The most that a group may set as its heartbeat interval."),
    ConfigKey(
      "group.consumer.max.size", .int, .integer(Int64(Int32.max)), .atLeast(1),
      "Members that a consumer group may have."),
    ConfigKey(
      "group.consumer.assignors", .list, ["uniform", "range"],
      .subset(of: ["uniform", "range"], mayBeEmpty: false),
      "Ways for the broker to share out partitions; the first is the default."),
    ConfigKey(
      "group.consumer.migration.policy", .string, "bidirectional",
      .oneOfIgnoringCase(["disabled", "downgrade", "upgrade", "bidirectional"]),
      "Between which protocols a group may change while it has members."),
    ConfigKey(
      "group.consumer.assignment.interval.ms", .int, 1000, .atLeast(0), update: .clusterWide,
      "The least time between two assignments of one group, in milliseconds."),
    ConfigKey(
      "group.consumer.regex.refresh.interval.ms", .int, 600_000, .atLeast(10_000),
      "How often subscriptions by pattern are looked at again, in milliseconds."),
  ]

  static let shareGroups: [ConfigKey] = [
    ConfigKey(
      "group.share.max.size", .int, 200, .within(1...1000), "Members that a share group may have."),
    ConfigKey(
      "group.share.session.timeout.ms", .int, 45_000, .atLeast(1),
      "Time without a heartbeat after which a member of a share group is removed."),
    ConfigKey(
      "group.share.heartbeat.interval.ms", .int, 5000, .atLeast(1),
      "How often members of a share group are told to send a heartbeat."),
    ConfigKey(
      "group.share.record.lock.duration.ms", .int, 30_000, .within(1000...3_600_000),
      "How long a member of a share group has a record to itself, in milliseconds."),
    ConfigKey(
      "group.share.delivery.count.limit", .int, 5, .within(2...10),
      "How often a record is offered to a share group before it is given up."),
    ConfigKey(
      "group.share.partition.max.record.locks", .int, 2000, .within(100...10_000),
      "Records of one partition that a share group may have in hand."),
    ConfigKey(
      "group.share.max.share.sessions", .int, 2000, .atLeast(1),
      "Share sessions kept at the same time."),
  ]

  static let transactions: [ConfigKey] = [
    ConfigKey(
      "transaction.max.timeout.ms", .int, 900_000, .atLeast(1),
      "The longest transaction that a producer may ask for, in milliseconds."),
    ConfigKey(
      "transaction.state.log.num.partitions", .int, 50, .atLeast(1),
      "Partitions of Kafka's transaction topic; accepted for compatibility, it is a table."),
    ConfigKey(
      "transaction.state.log.replication.factor", .short, 3, .atLeast(1),
      "Replicas of Kafka's transaction topic; accepted for compatibility, it is a table."),
    ConfigKey(
      "transaction.state.log.min.isr", .int, 2, .atLeast(1),
      "In-sync replicas of Kafka's transaction topic; accepted for compatibility, it is a table."),
    ConfigKey(
      "transaction.abort.timed.out.transaction.cleanup.interval.ms", .int, 10_000, .atLeast(1),
      "Time between two looks for transactions that took too long, in milliseconds."),
    ConfigKey(
      "transaction.remove.expired.transaction.cleanup.interval.ms", .int, 3_600_000, .atLeast(1),
      "Time between two looks for transactional ids to forget, in milliseconds."),
    ConfigKey(
      "transaction.two.phase.commit.enable", .boolean, false,
      "Transactions that another system decides; accepted for compatibility, no client may ask for them."
    ),
    ConfigKey(
      "transaction.partition.verification.enable", .boolean, true, update: .clusterWide,
      "Whether a transactional batch must belong to a transaction that has its partition."),
    ConfigKey(
      "transactional.id.expiration.ms", .int, 604_800_000, .atLeast(1),
      "How long an unused transactional id is remembered, in milliseconds."),
    ConfigKey(
      "producer.id.expiration.ms", .int, 86_400_000, .atLeast(1), update: .clusterWide,
      "How long a silent producer's sequence numbers are remembered, in milliseconds."),
    ConfigKey(
      "producer.id.expiration.check.interval.ms", .int, 600_000, .atLeast(1),
      "Time between two looks for producers to forget, in milliseconds."),
  ]
}
