import ActaClient
import KafkaWire
import Testing
import Threads

/// A call that waits for brokers, in a task that is cancelled.
struct CancelledCall<Client: Sendable>: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let body: @Sendable (Client) async throws -> Void

  init(_ name: String, _ body: @escaping @Sendable (Client) async throws -> Void) {
    testDescription = name
    self.body = body
  }

  /// Cancels the call in the middle, and waits for its end.
  func cancel(of client: Client, at broker: ScriptedBroker) async throws {
    let before = broker.requests.count
    let task = Task { try await body(client) }
    for _ in 0..<50 where broker.requests.count == before {
      try await Task.sleep(for: .milliseconds(1))
    }
    let began = Clock.monotonicMilliseconds()
    task.cancel()
    switch await task.result {
    case .success: break
    case .failure(let error):
      #expect(error is KafkaError || error is CancellationError, "\(error)")
    }
    #expect(Clock.monotonicMilliseconds() - began < mostMillisecondsToEnd)
  }
}

/// How long what was cancelled may take, and the close behind it.
private let mostMillisecondsToEnd: Int64 = 2_000

func expectEnd(_ close: () async -> Void) async {
  let began = Clock.monotonicMilliseconds()
  await close()
  #expect(Clock.monotonicMilliseconds() - began < mostMillisecondsToEnd)
}

/// Where brokers stop to answer: at once, when they have said who they are, and when they have said who coordinates.
enum Silence: CaseIterable, Sendable {
  case atOnce, afterMetadata, afterCoordinator

  @Sendable func answer(_ request: ScriptedRequest) -> ScriptedBroker.Reply {
    switch request.api {
    case .apiVersions where self != .atOnce, .metadata where self != .atOnce: request.properly()
    case .initProducerID where self == .afterCoordinator: request.properly()
    case .findCoordinator where self == .afterCoordinator: request.answer(request.coordinator())
    default: .silence
    }
  }
}
