import Broker
import Bytes
import Threads
import Transport

/// What was asked on one connection without a socket, in the order in which a socket's requests run and
/// are answered (`ConnectionState`). Only its loop touches it.
final class LocalRequests {
  static let stopped = "the node has stopped"
  static let closed = "the connection was closed"

  private let client: ConnectionContext
  private let handler: any RequestHandler
  private let ended: @Sendable () -> Void

  private var state = ConnectionState(limits: ConnectionLimits())
  /// Not answered yet, in order.
  private var waiting = Fifo<Question>()
  /// The sequence number of `waiting.first`.
  private var firstSequence: UInt64 = 0
  /// Those in `waiting` that will get no answer, because they want none.
  private var silent: Set<UInt64> = []
  private var isPumping = false
  /// Why nothing is answered any more.
  private var end: String?

  /// - Parameter ended: Called once, when the connection is closed.
  init(
    client: ConnectionContext, handler: any RequestHandler, ended: @escaping @Sendable () -> Void
  ) {
    self.client = client
    self.handler = handler
    self.ended = ended
  }

  func take(_ frame: ByteSlice, _ question: Question) {
    guard state.isOpen else { return question.answer(.close(reason: end ?? Self.stopped)) }
    waiting.append(question)
    state.received(frame, isPipelined: handler.isPipelined(frame))
    pump()
  }

  /// Answers what runs, takes nothing new, then closes.
  func stop() {
    state.stopped()
    pump()
  }

  func close() {
    state.closed()
    finish(Self.closed)
  }

  // MARK: Doing what the state says

  /// An event inside it (an answer from within `handle`) is taken up by the loop that is already
  /// running.
  private func pump() {
    if isPumping { return }
    isPumping = true
    while let action = state.next() {
      switch action {
      case .start(let sequence, let frame): start(sequence, frame)
      case .send(let response):
        passSilent()
        answerFirst(.frame(response))
        state.flushed(unsentBytes: 0)
      case .close(.error(let reason)): finish(reason)
      case .close: finish(Self.stopped)
      }
    }
    isPumping = false
    passSilent()
  }

  private func start(_ sequence: UInt64, _ frame: ByteSlice) {
    let requests = LoopBound(self)
    let executor = client.executor
    handler.handle(frame, on: client) { reply in
      if requests.isOnLoop {
        requests.value.answered(sequence, reply)
      } else {
        executor.execute { requests.value.answered(sequence, reply) }
      }
    }
  }

  private func answered(_ sequence: UInt64, _ reply: Reply) {
    if case .none = reply, end == nil { silent.insert(sequence) }
    state.answered(sequence, with: reply)
    pump()
  }

  private func passSilent() {
    while !waiting.isEmpty, silent.remove(firstSequence) != nil { answerFirst(.none) }
  }

  private func answerFirst(_ reply: Reply) {
    firstSequence += 1
    waiting.removeFirst().answer(reply)
  }

  private func finish(_ reason: String) {
    guard end == nil else { return }
    end = reason
    passSilent()
    while !waiting.isEmpty { answerFirst(.close(reason: reason)) }
    handler.connectionClosed(client)
    ended()
  }
}
