package import ActaModel

/// What the configuration says about groups; times in milliseconds.
package struct GroupSettings: Equatable, Sendable {
  /// `group.min.session.timeout.ms` to `group.max.session.timeout.ms`
  package var sessionTimeouts: ClosedRange<Int32> = 6_000...1_800_000
  /// `group.initial.rebalance.delay.ms`
  package var initialRebalanceDelay: Int32 = 3_000
  /// `group.max.size`
  package var maxSize = 1_000
  /// What the members of all classic groups may say of themselves together.
  package var maxMetadataBytes = 64 << 20
  /// Groups that may be there at once.
  package var maxGroups = 20_000

  /// `group.consumer.session.timeout.ms`
  package var consumerSessionTimeout: Int32 = 45_000
  /// `group.consumer.heartbeat.interval.ms`
  package var consumerHeartbeatInterval: Int32 = 5_000
  /// `group.consumer.max.size`
  package var consumerMaxSize = 1_000
  /// `group.consumer.assignors`; the first is the default.
  package var consumerAssignors = ["uniform", "range"]
  /// `group.consumer.assignment.interval.ms`
  package var consumerAssignmentInterval: Int32 = 1_000
  /// `group.consumer.migration.policy`
  package var migrationPolicy = MigrationPolicy.bidirectional

  /// What groups have of their own, by name.
  package var ownSettings: [ExactText: Own] = [:]

  package init() {}

  /// What a consumer group may set for itself; `nil` is what holds for all.
  package struct Own: Equatable, Sendable {
    package var sessionTimeout: Int32?
    package var heartbeatInterval: Int32?
    package var assignmentInterval: Int32?

    package init(
      sessionTimeout: Int32? = nil, heartbeatInterval: Int32? = nil,
      assignmentInterval: Int32? = nil
    ) {
      self.sessionTimeout = sessionTimeout
      self.heartbeatInterval = heartbeatInterval
      self.assignmentInterval = assignmentInterval
    }
  }

  /// As they are for a group; `nil` when it has nothing of its own, as most have not.
  func own(of group: String) -> GroupSettings? {
    if ownSettings.isEmpty { return nil }
    guard let own = ownSettings[ExactText(group)] else { return nil }
    var settings = self
    if let timeout = own.sessionTimeout { settings.consumerSessionTimeout = timeout }
    if let interval = own.heartbeatInterval { settings.consumerHeartbeatInterval = interval }
    if let interval = own.assignmentInterval { settings.consumerAssignmentInterval = interval }
    return settings
  }

  package enum MigrationPolicy: String, Sendable {
    case disabled
    /// Consumer groups may become classic.
    case downgrade
    /// Classic groups may become consumer groups.
    case upgrade
    case bidirectional

    var allowsUpgrade: Bool { self == .upgrade || self == .bidirectional }
    var allowsDowngrade: Bool { self == .downgrade || self == .bidirectional }
  }
}
