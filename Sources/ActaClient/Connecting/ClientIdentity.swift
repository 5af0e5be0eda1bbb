/// What a client says of itself, and how long it waits for an answer.
struct ClientIdentity: Sendable {
  let clientID: String
  let softwareName = "acta-swift"
  let softwareVersion = "0.1.0"
  let requestTimeoutMilliseconds: Int64
  let meter: (any ClientMeter)?
}
