/// What `group_events` tells people, as phrases: `a-1 joined: rebalance failed`.
enum Phrase {
  /// What happened, and the reason if there is one.
  static func of(_ what: String, _ reason: String?) -> String {
    guard let reason else { return what }
    return "\(what): \(reason)"
  }

  /// A reason as a client gave it; Java's clients give at most 255 characters.
  static func shortened(_ reason: String?) -> String? {
    guard let reason, !reason.isEmpty else { return nil }
    return String(reason.prefix(255))
  }

  /// Says it of the first, and how many others it is true of.
  static func ofFirst(_ phrase: String, of count: Int) -> String {
    count > 1 ? "\(phrase), and \(count - 1) more" : phrase
  }
}
