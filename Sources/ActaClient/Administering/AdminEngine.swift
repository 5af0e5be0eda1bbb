import ClientCore
import KafkaWire
import Threads
import Transport

/// What an administrator does on its thread: sends a request and brings the answer. Only the client's loop touches
/// it.
final class AdminEngine: ClientEngine {
  private let network: ClientNetwork
  private let loop: EventLoop

  init(_ network: ClientNetwork, on loop: EventLoop) {
    self.network = network
    self.loop = loop
  }

  var view: ClusterView { network.view }

  /// Whether a request to any broker could be sent at once.
  var reachesAnybody: Bool { network.reachesAnybody }

  func learnBrokers(_ answer: MetadataResponse) { network.learnBrokers(answer) }

  /// - Parameters:
  ///   - node: `nil` for any.
  ///   - deadline: Monotonic milliseconds.
  ///   - make: The request in a version that both sides know.
  func send<R: RequestMessage>(
    to node: Int32?, until deadline: Int64,
    _ make: @escaping (SpokenVersions) throws(ClientFailure) -> (request: R, version: Int16),
    completion: @escaping (Result<R.Response, ClientFailure>) -> Void
  ) {
    let left = max(1, deadline - Clock.monotonicMilliseconds())
    // While nobody is reached, one address after the other is tried: that is not begun anew.
    let isReached = node != nil || reachesAnybody
    let timeout = isReached ? min(left, network.settings.requestTimeoutMilliseconds) : left
    network.send(to: node, within: timeout, make, completion: completion)
  }

  func wait(milliseconds: Int64, _ completion: @escaping () -> Void) {
    loop.schedule(afterMilliseconds: milliseconds, completion)
  }

  func close() { network.close(because: "The admin is closed.") }
}
