/// How a group's members share out partitions.
public enum GroupType: String, CaseIterable, Sendable {
  /// The broker does not tell, or this client has never heard of it.
  case unknown = "Unknown"
  /// A member does it.
  case classic = "Classic"
  /// The coordinator does it (KIP-848).
  case consumer = "Consumer"
  /// Nobody does: members take records of the same partitions (KIP-932).
  case share = "Share"
  /// The coordinator does it, for tasks of Kafka Streams (KIP-1071).
  case streams = "Streams"

  /// Brokers do not all write it the same way.
  init(spelled text: String) {
    self = Self.allCases.first { $0.rawValue.lowercased() == text.lowercased() } ?? .unknown
  }
}

/// What a group is about; the words are Kafka's.
public enum GroupState: String, CaseIterable, Sendable {
  /// The broker does not tell, or this client has never heard of it.
  case unknown = "Unknown"
  /// Members are waited for.
  case preparingRebalance = "PreparingRebalance"
  /// All are there; the leader is sharing out the partitions.
  case completingRebalance = "CompletingRebalance"
  /// All have what they are to have.
  case stable = "Stable"
  /// There is no such group.
  case dead = "Dead"
  /// It has positions and no members.
  case empty = "Empty"
  /// The coordinator is sharing out the partitions.
  case assigning = "Assigning"
  /// Members are letting go of partitions, and taking them up.
  case reconciling = "Reconciling"
  /// Its topics are not all there (groups of Kafka Streams).
  case notReady = "NotReady"

  init(spelled text: String) {
    self = Self.allCases.first { $0.rawValue.lowercased() == text.lowercased() } ?? .unknown
  }
}

/// A group that there is.
public struct GroupListing: Hashable, Sendable {
  /// `group.id`
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
