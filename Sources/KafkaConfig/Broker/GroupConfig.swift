/// What a broker's configuration says about groups and their offsets.
package struct GroupConfig: Hashable, Sendable {
  /// `group.min.session.timeout.ms` to `group.max.session.timeout.ms`
  package let sessionTimeoutMilliseconds: ClosedRange<Int>
  /// `group.initial.rebalance.delay.ms`
  package let initialRebalanceDelayMilliseconds: Int
  /// `group.max.size`
  package let maxSize: Int

  /// `offsets.topic.num.partitions`: there is no such topic, but tools are told of its partitions.
  package let offsetsTopicPartitionCount: Int
  /// `offset.metadata.max.bytes`
  package let offsetMetadataMaxBytes: Int
  /// `offsets.retention.minutes`, in milliseconds
  package let offsetsRetentionMilliseconds: Int64
  /// `offsets.retention.check.interval.ms`
  package let offsetsRetentionCheckIntervalMilliseconds: Int64
  /// `acta.offset.audit.retention.ms`; -1 keeps all.
  package let offsetAuditRetentionMilliseconds: Int64

  /// `group.consumer.session.timeout.ms`
  package let consumerSessionTimeoutMilliseconds: Int
  /// `group.consumer.heartbeat.interval.ms`
  package let consumerHeartbeatIntervalMilliseconds: Int
  /// `group.consumer.max.size`
  package let consumerMaxSize: Int
  /// `group.consumer.assignors`; the first is the default.
  package let consumerAssignors: [String]
  /// `group.consumer.migration.policy`, in lower case
  package let consumerMigrationPolicy: String
  /// `group.consumer.assignment.interval.ms`
  package let consumerAssignmentIntervalMilliseconds: Int
  /// `group.consumer.regex.refresh.interval.ms`
  package let consumerRegexRefreshIntervalMilliseconds: Int

  init(_ values: ConfigValues) {
    sessionTimeoutMilliseconds =
      values.int("group.min.session.timeout.ms")...values.int("group.max.session.timeout.ms")
    initialRebalanceDelayMilliseconds = values.int("group.initial.rebalance.delay.ms")
    maxSize = values.int("group.max.size")
    offsetsTopicPartitionCount = values.int("offsets.topic.num.partitions")
    offsetMetadataMaxBytes = values.int("offset.metadata.max.bytes")
    offsetsRetentionMilliseconds = values.long("offsets.retention.minutes") * 60_000
    offsetsRetentionCheckIntervalMilliseconds = values.long("offsets.retention.check.interval.ms")
    offsetAuditRetentionMilliseconds = values.long("acta.offset.audit.retention.ms")
    consumerSessionTimeoutMilliseconds = values.int("group.consumer.session.timeout.ms")
    consumerHeartbeatIntervalMilliseconds = values.int("group.consumer.heartbeat.interval.ms")
    consumerMaxSize = values.int("group.consumer.max.size")
    consumerAssignors = values.list("group.consumer.assignors") ?? []
    consumerMigrationPolicy =
      (values.string("group.consumer.migration.policy") ?? "").lowercased()
    consumerAssignmentIntervalMilliseconds = values.int("group.consumer.assignment.interval.ms")
    consumerRegexRefreshIntervalMilliseconds =
      values.int("group.consumer.regex.refresh.interval.ms")
  }
}
