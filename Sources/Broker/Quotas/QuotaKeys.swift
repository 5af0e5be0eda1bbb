import ActaModel

/// Kafka's measures of quotas, and which values each can have. In Kafka's order and words.
enum QuotaKeys {
  private enum Kind {
    /// A whole number up to the largest of so many bits.
    case int, long
    case fraction
  }

  /// - Parameter isForAddress: The quota is an address's, not a user's or client id's.
  static func check(
    _ value: Double, of key: String, isForAddress: Bool
  ) throws(ProtocolError) {
    guard let kind = kind(of: key, isForAddress: isForAddress) else {
      throw refusal("Invalid configuration key \(key)")
    }
    guard value.isFinite else { throw refusal("Quota \(key) must be a finite number") }
    guard value > 0 else { throw refusal("Quota \(key) must be greater than 0") }
    switch kind {
    case .fraction: return
    case .int:
      guard value <= Double(Int32.max) else {
        throw refusal("Proposed value for \(key) is too large for an INT.")
      }
    case .long:
      guard value <= Double(Int64.max) else {
        throw refusal("Proposed value for \(key) is too large for a LONG.")
      }
    }
    guard value.truncatingRemainder(dividingBy: 1) <= 1e-6 else {
      throw refusal("\(key) cannot be a fractional value.")
    }
  }

  private static func kind(of key: String, isForAddress: Bool) -> Kind? {
    if isForAddress { return key == "connection_creation_rate" ? .int : nil }
    switch key {
    case "producer_byte_rate", "consumer_byte_rate": return .long
    case "request_percentage", "controller_mutation_rate": return .fraction
    default: return nil
    }
  }

  private static func refusal(_ sentence: String) -> ProtocolError {
    ProtocolError(.invalidRequest, sentence)
  }
}
