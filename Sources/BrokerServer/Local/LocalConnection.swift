package import Broker
package import Bytes
import Synchronization
import Transport

/// A connection without a socket, as whoever asks knows it. Closed when it is let go of.
package final class LocalConnection: Sendable {
  private let requests: LoopBound<LocalRequests>
  private let loop: LoopReference

  init(_ requests: LoopBound<LocalRequests>, loop: LoopReference) {
    self.requests = requests
    self.loop = loop
  }

  deinit { close() }

  /// Asks what is in a frame, without its size prefix. `reply` is called once, on any thread: with the
  /// answer, with `none` when the request wants none, or with `close` when there will be none because
  /// the connection is closed.
  package func send(_ frame: ByteSlice, reply: @escaping @Sendable (Reply) -> Void) {
    let question = Question(reply)
    loop.execute { [requests] in requests.value.take(frame, question) }
  }

  package func close() {
    loop.execute { [requests] in requests.value.close() }
  }
}

/// Who is to be told what became of a request. Told once; a loop that has stopped drops what is on its
/// way to it, and this with it, which is an answer too.
final class Question: Sendable {
  /// A closure that were all of the lock's value would be wrapped once more by every look at it.
  private struct State {
    var reply: (@Sendable (Reply) -> Void)?
  }

  private let state: Mutex<State>

  init(_ reply: @escaping @Sendable (Reply) -> Void) { state = Mutex(State(reply: reply)) }

  deinit { answer(.close(reason: LocalRequests.stopped)) }

  func answer(_ reply: Reply) {
    let tell = state.withLock { state in state.reply.take() }
    tell?(reply)
  }
}
