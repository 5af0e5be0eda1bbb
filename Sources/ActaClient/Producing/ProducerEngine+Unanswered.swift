import ClientCore
import KafkaWire

// What was sent without an answer being wanted (acks=0).
extension ProducerEngine {
  /// How long brokers are waited for when the producer closes.
  private static let lastMilliseconds: Int64 = 5_000

  /// Has each broker that was told something answer a question behind it: a connection that closes drops what it has not
  /// sent yet, and what the other side has not read.
  ///
  /// - Parameters:
  ///   - limit: What closing may take, if that is less.
  ///   - completion: Called once, also where somebody does not answer.
  func settleUnanswered(withinMilliseconds limit: Int64, _ completion: @escaping () -> Void) {
    let nodes = toldNodes
    toldNodes = []
    var left = nodes.count
    if left == 0 { return completion() }
    let limit = min(Self.lastMilliseconds, max(1, limit))
    for node in nodes {
      network.send(to: node, within: limit) { versions throws(ClientFailure) in
        var request = ApiVersionsRequest()
        request.clientSoftwareName = ClientIdentity.softwareName
        request.clientSoftwareVersion = ClientIdentity.softwareVersion
        return (request, try versions.newest(of: .apiVersions))
      } completion: { (_: Result<ApiVersionsResponse, ClientFailure>) in
        left -= 1
        if left == 0 { completion() }
      }
    }
  }
}
