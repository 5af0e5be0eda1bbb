import Coordination
import KafkaConfig

extension GroupSettings {
  /// A group's round answers its leader with every member: past this it would not fit a response.
  private static let largestGroup = 1_000

  init(_ config: GroupConfig) {
    self.init()
    let timeouts = config.sessionTimeoutMilliseconds
    sessionTimeouts = Int32(clamping: timeouts.lowerBound)...Int32(clamping: timeouts.upperBound)
    initialRebalanceDelay = Int32(clamping: config.initialRebalanceDelayMilliseconds)
    maxSize = min(config.maxSize, Self.largestGroup)
    consumerSessionTimeout = Int32(clamping: config.consumerSessionTimeoutMilliseconds)
    consumerHeartbeatInterval = Int32(clamping: config.consumerHeartbeatIntervalMilliseconds)
    consumerMaxSize = min(config.consumerMaxSize, Self.largestGroup)
    consumerAssignors = config.consumerAssignors
    consumerAssignmentInterval = Int32(clamping: config.consumerAssignmentIntervalMilliseconds)
    guard let policy = MigrationPolicy(rawValue: config.consumerMigrationPolicy) else {
      preconditionFailure("the table of keys let \(config.consumerMigrationPolicy) through")
    }
    migrationPolicy = policy
  }
}
