/// What a client says of itself, how it proves that, and how long it waits for an answer.
struct ClientIdentity: Sendable {
  static let softwareName = "acta-swift"
  static let softwareVersion = "0.1.0"

  let clientID: String
  let requestTimeoutMilliseconds: Int64
  /// `nil` without SASL.
  let sasl: SASLConfiguration?
  let meter: (any ClientMeter)?
}
