import ActaClient
import Logging
import Synchronization

extension Console {
  /// Takes what a client has to say, from warnings on. Of a broker that stays away the client speaks at every attempt,
  /// about each address and each question: it is heard once, and again when it has been connected meanwhile.
  func clientLog(_ name: String) -> @Sendable (ClientLogEvent) -> Void {
    let heard = HeardEvents()
    return { [self] event in
      guard heard.isNews(event) else { return }
      log(
        event.level == .error ? .error : .warning, name + event.message,
        logger: "org.apache.kafka.clients.NetworkClient")
    }
  }
}

private final class HeardEvents: Sendable {
  private struct State {
    var isDisconnected = false
    var sentences: Set<String> = []
  }

  /// Behind so many sentences all are told, over and over.
  private static let limit = 1_000
  private let state = Mutex(State())

  func isNews(_ event: ClientLogEvent) -> Bool {
    // Of a broker it is told that it is connected, quietly, and that it cannot be reached.
    let isAboutBroker = event.metadata["kafka.broker"] != nil
    return state.withLock { state in
      guard event.level >= .warning else {
        if isAboutBroker, event.level == .debug { state.isDisconnected = false }
        return false
      }
      if isAboutBroker, event.level == .warning {
        defer { state.isDisconnected = true }
        return !state.isDisconnected
      }
      return state.sentences.count >= Self.limit || state.sentences.insert(event.message).inserted
    }
  }
}
