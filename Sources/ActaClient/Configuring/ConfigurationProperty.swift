/// One of Kafka's configuration properties, as a client of this library knows it.
public struct ConfigurationProperty: Sendable {
  /// What setting it does.
  public enum Role: Hashable, Sendable {
    /// It changes what the client does.
    case effective
    /// It has one value here, `defaultValue`, and any other is refused.
    case fixed
    /// It may be set and means nothing here: it is Java's own affair, or of what is not there yet.
    case withoutEffect
  }

  /// Kafka's.
  public let name: String
  /// What setting it does.
  public let role: Role
  /// `INT`, `LONG`, `BOOLEAN`, `STRING`, `LIST`, …, as Kafka calls it; `nil` where it means nothing here.
  public let type: String?
  /// As it would be written; `nil` where there is none.
  public let defaultValue: String?
  /// What it means, with its unit; or why it means nothing.
  public let summary: String
}

/// What is done about properties whose names are not known.
public enum UnknownProperties: Hashable, Sendable {
  /// They are an error, which tells the name that was most likely meant.
  case refused
  /// They have no effect, and are noted: files are shared with clients of another kind, and with Java's.
  case ignored
}
