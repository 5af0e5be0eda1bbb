package import Broker
import BrokerServer

extension ActaNode {
  /// As `Broker.transaction`; returns when what was written is synced.
  package func transaction<R: Sendable>(
    withinMilliseconds limit: Int64, _ body: @escaping @Sendable (ApplicationTurn) throws -> R
  ) async throws -> R {
    let result = await withCheckedContinuation { continuation in
      parts.broker.transaction(
        clientHost: LocalConnections.clientAddress, withinMilliseconds: limit, body
      ) { continuation.resume(returning: $0) }
    }
    return try result.get()
  }
}
