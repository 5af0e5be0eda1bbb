/// Something that a client has to say to whoever operates it.
public struct ClientLogEvent: Hashable, Sendable {
  /// How grave it is.
  public enum Level: String, Comparable, CaseIterable, Sendable {
    /// In order: how the client works; what changes (partitions that come and go); what it deals with by itself; what
    /// it does not.
    case debug, info, warning, error

    public static func < (one: Level, other: Level) -> Bool { one.rank < other.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  /// How grave it is.
  public let level: Level
  /// A sentence.
  public let message: String
  /// Facts beside it: `kafka.client.id` always, `kafka.broker`, `kafka.topic`, `kafka.partition` where they apply.
  public let metadata: [String: String]
}

/// A client's voice.
struct ClientLog: Sendable {
  let handler: (@Sendable (ClientLogEvent) -> Void)?
  let clientID: String

  /// Nothing is made of the message unless somebody listens.
  func callAsFunction(
    _ level: ClientLogEvent.Level, _ message: @autoclosure () -> String,
    _ facts: @autoclosure () -> [String: String] = [:]
  ) {
    guard let handler else { return }
    var metadata = facts()
    metadata["kafka.client.id"] = clientID
    handler(ClientLogEvent(level: level, message: message(), metadata: metadata))
  }
}
