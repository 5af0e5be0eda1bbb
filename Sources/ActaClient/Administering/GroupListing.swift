/// How a group's members share out partitions.
public enum GroupType: String, CaseIterable, Sendable {
  case unknown = "Unknown"
  /// A member does it.
  case classic = "Classic"
  /// The coordinator does it (KIP-848).
  case consumer = "Consumer"
  case share = "Share"
  case streams = "Streams"

  /// Brokers do not all write it the same way.
  init(spelled text: String) {
    self = Self.allCases.first { $0.rawValue.lowercased() == text.lowercased() } ?? .unknown
  }
}

/// What a group is about; the words are Kafka's.
public enum GroupState: String, CaseIterable, Sendable {
  case unknown = "Unknown"
  case preparingRebalance = "PreparingRebalance"
  case completingRebalance = "CompletingRebalance"
  case stable = "Stable"
  /// There is no such group.
  case dead = "Dead"
  /// It has positions and no members.
  case empty = "Empty"
  case assigning = "Assigning"
  case reconciling = "Reconciling"
  case notReady = "NotReady"

  init(spelled text: String) {
    self = Self.allCases.first { $0.rawValue.lowercased() == text.lowercased() } ?? .unknown
  }
}

/// A group that there is.
public struct GroupListing: Hashable, Sendable {
  public let groupID: String
  /// `unknown` where the broker does not tell (before Kafka 3.8).
  public let type: GroupType
  /// `consumer`, `connect`, …; empty for a group of positions that never had members.
  public let protocolType: String
  /// `unknown` where the broker does not tell (before Kafka 2.6).
  public let state: GroupState

  /// Whether it never had members.
  public var isSimple: Bool { type == .classic && protocolType.isEmpty }
}
