/// Why the server did not start.
package enum ServerError: Error, Equatable {
  case bindFailed(host: String, port: Int, reason: String)
}

extension ServerError: CustomStringConvertible {
  /// Kafka's own sentence, which operators search for.
  package var description: String {
    switch self {
    case .bindFailed(let host, let port, let reason):
      "Socket server failed to bind to \(host):\(port): \(reason)."
    }
  }
}
