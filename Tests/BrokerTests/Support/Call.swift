import Bytes
import KafkaWire
import Synchronization
import Testing

@testable import Broker

/// A request that was handed to the broker, and what came of it.
final class Call<Response: ResponseMessage>: Sendable {
  private struct State {
    var outcome: Reply?
    var waiter: CheckedContinuation<Reply, Never>?
  }

  private let version: Int16
  private let correlationID: Int32
  private let state = Mutex(State())

  init(version: Int16, correlationID: Int32) {
    self.version = version
    self.correlationID = correlationID
  }

  var isAnswered: Bool { state.withLock { $0.outcome != nil } }

  func finish(_ outcome: Reply) {
    let waiter = state.withLock { state in
      precondition(state.outcome == nil, "a request is answered once")
      state.outcome = outcome
      return state.waiter.take()
    }
    waiter?.resume(returning: outcome)
  }

  func outcome() async -> Reply {
    await withCheckedContinuation { continuation in
      let outcome = state.withLock { state in
        if state.outcome == nil { state.waiter = continuation }
        return state.outcome
      }
      if let outcome { continuation.resume(returning: outcome) }
    }
  }

  /// The response, with its size prefix and correlation id checked.
  func response() async throws -> Response {
    let outcome = await outcome()
    guard let pieces = outcome.frame else { throw NoResponse(outcome: "\(outcome)") }
    var frame = ByteSlice([UInt8](pieces))
    let size = frame.takeInteger(as: Int32.self)
    #expect(size == Int32(frame.count))
    let (id, response) = try Frame.decode(Response.self, from: frame, version: version)
    #expect(id == correlationID)
    return response
  }

  struct NoResponse: Error {
    let outcome: String
  }
}

extension Reply {
  var frame: BytePieces? {
    if case .frame(let pieces) = self { pieces } else { nil }
  }

  var isSilence: Bool {
    if case .none = self { true } else { false }
  }

  var closeReason: String? {
    if case .close(let reason) = self { reason } else { nil }
  }
}
