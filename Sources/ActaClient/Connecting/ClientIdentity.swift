/// What a client says of itself, and how long it waits for an answer.
struct ClientIdentity: Sendable {
  static let softwareName = "acta-swift"
  static let softwareVersion = "0.1.0"

  let clientID: String
  let requestTimeoutMilliseconds: Int64
  let meter: (any ClientMeter)?
}
