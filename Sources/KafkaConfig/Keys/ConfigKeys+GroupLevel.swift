extension ConfigKeys {
  /// Every key that a group can set; its synonym is the broker's key for all groups. Those of share and
  /// streams groups are kept and shown.
  package static let group: [ConfigKey] = consumerGroup + shareGroup + streamsGroup

  package static let groupByName: [String: ConfigKey] = byName(group)

  private static let consumerGroup: [ConfigKey] = [
    ConfigKey(
      "consumer.session.timeout.ms", .int, 45_000, .atLeast(1),
      synonyms: [.same("group.consumer.session.timeout.ms")],
      "Time without a heartbeat after which a member is removed."),
    ConfigKey(
      "consumer.heartbeat.interval.ms", .int, 5000, .atLeast(1),
      synonyms: [.same("group.consumer.heartbeat.interval.ms")],
      "How often members are told to send a heartbeat."),
    ConfigKey(
      "consumer.assignment.interval.ms", .int, 1000, .atLeast(0),
      synonyms: [.same("group.consumer.assignment.interval.ms")],
      "The least time between two assignments, in milliseconds."),
  ]

  private static let shareGroup: [ConfigKey] = [
    ConfigKey(
      "share.session.timeout.ms", .int, 45_000, .atLeast(1),
      synonyms: [.same("group.share.session.timeout.ms")],
      "Time without a heartbeat after which a member of a share group is removed."),
    ConfigKey(
      "share.heartbeat.interval.ms", .int, 5000, .atLeast(1),
      synonyms: [.same("group.share.heartbeat.interval.ms")],
      "How often members of a share group are told to send a heartbeat."),
    ConfigKey(
      "share.record.lock.duration.ms", .int, 30_000, .atLeast(1000),
      synonyms: [.same("group.share.record.lock.duration.ms")],
      "How long a member of a share group has a record to itself, in milliseconds."),
    ConfigKey(
      "share.delivery.count.limit", .int, 5, .atLeast(2),
      synonyms: [.same("group.share.delivery.count.limit")],
      "How often a record is offered to a share group before it is given up."),
    ConfigKey(
      "share.partition.max.record.locks", .int, 2000, .atLeast(100),
      synonyms: [.same("group.share.partition.max.record.locks")],
      "Records of one partition that a share group may have in hand."),
    ConfigKey(
      "share.auto.offset.reset", .string, "latest", .offsetReset,
      synonyms: [.same("share.auto.offset.reset")],
      "Where a share group begins: earliest, latest, or by_duration: and a time."),
    ConfigKey(
      "share.isolation.level", .string, "read_uncommitted",
      .oneOf(["read_committed", "read_uncommitted"]), synonyms: [.same("share.isolation.level")],
      "Whether a share group is given records of transactions that are not committed."),
    ConfigKey(
      "share.renew.acknowledge.enable", .boolean, true,
      synonyms: [.same("share.renew.acknowledge.enable")],
      "Whether members of a share group may prolong the time that they have a record."),
    ConfigKey(
      "share.assignment.interval.ms", .int, 1000, .atLeast(0),
      synonyms: [.same("group.share.assignment.interval.ms")],
      "The least time between two assignments of a share group, in milliseconds."),
    ConfigKey(
      "errors.deadletterqueue.topic.name", .string, "",
      synonyms: [.same("errors.deadletterqueue.topic.name")],
      "The topic for records that a share group gave up on."),
    ConfigKey(
      "errors.deadletterqueue.copy.record.enable", .boolean, false,
      synonyms: [.same("errors.deadletterqueue.copy.record.enable")],
      "Whether the whole record is copied to that topic."),
  ]

  private static let streamsGroup: [ConfigKey] = [
    ConfigKey(
      "streams.session.timeout.ms", .int, 45_000, .atLeast(1),
      synonyms: [.same("group.streams.session.timeout.ms")],
      "Time without a heartbeat after which a member of a streams group is removed."),
    ConfigKey(
      "streams.heartbeat.interval.ms", .int, 5000, .atLeast(1),
      synonyms: [.same("group.streams.heartbeat.interval.ms")],
      "How often members of a streams group are told to send a heartbeat."),
    ConfigKey(
      "streams.num.standby.replicas", .int, 0, .atLeast(0),
      synonyms: [.same("group.streams.num.standby.replicas")],
      "Copies of each task of a streams group that stand by."),
    ConfigKey(
      "streams.initial.rebalance.delay.ms", .int, 3000, .atLeast(0),
      synonyms: [.same("group.streams.initial.rebalance.delay.ms")],
      "How long an empty streams group waits for more members, in milliseconds."),
    ConfigKey(
      "streams.assignment.interval.ms", .int, 1000, .atLeast(0),
      synonyms: [.same("group.streams.assignment.interval.ms")],
      "The least time between two assignments of a streams group, in milliseconds."),
    ConfigKey(
      "streams.assignor.name", .string, "sticky", synonyms: [.same("group.streams.assignors")],
      "How the tasks of a streams group are shared out."),
    ConfigKey(
      "streams.rack.aware.assignment.tags", .list, [],
      synonyms: [.same("group.streams.rack.aware.assignment.tags")],
      "Tags by which the copies of a task are kept apart."),
  ]
}
