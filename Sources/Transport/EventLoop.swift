// Sockets and timers on libuv's loop: one thread a loop, everything on it touched by that thread
// alone, a mailbox for all others. Listening, connecting, reading and writing bytes; what the bytes
// mean is not known here.
//
// The loop is libuv's, the sockets are ours (`accept4`, `read`, `sendmsg` on descriptors watched with
// `uv_poll_t`): so a peer's reset is seen at once, reads are bounded by us, and large messages are
// received where they stay. ARCHITECTURE.md has the measurements.

import Bytes
import CUV
import Glibc
import Threads

/// One thread's loop. Only that thread touches it; `EventLoopThread` makes it, `LoopReference` is how
/// others reach it.
package final class EventLoop: LoopResident {
  /// What one read takes at most into the shared buffer.
  package static let receiveBytes = 256 << 10
  /// Vectors of one `sendmsg`.
  static let maxVectors = 64

  let uv = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
  package let mailbox: Mailbox
  /// The one buffer into which everything on this loop receives; free again when a read has been dealt
  /// with. So an idle connection has none.
  let receiveBuffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: receiveBytes, alignment: 4_096)
  /// Where a flush gathers what it sends.
  let vectors = UnsafeMutableBufferPointer<iovec>.allocate(capacity: maxVectors)

  private var afterPoll: UVHandle<uv_check_t, EventLoop>?
  private var beforePoll: UVHandle<uv_prepare_t, EventLoop>?
  private var unflushed: [SocketConnection] = []
  private var flushing: [SocketConnection] = []
  private var isFlushing = false
  private(set) var isStopped = false

  /// To be called on the thread that will run it.
  override init() {
    uvCheck(uv_loop_init(uv))
    mailbox = Mailbox()
    super.init()
    let uv = uv
    mailbox.open(on: uv)
    let afterPoll = UVHandle(owner: self) { uv_check_init(uv, $0) }
    uvCheck(uv_check_start(afterPoll.raw) { resident(of: $0, as: EventLoop.self).flush() })
    // Timers run before the poll, which may then sleep: what they have written goes out first.
    let beforePoll = UVHandle(owner: self) { uv_prepare_init(uv, $0) }
    uvCheck(uv_prepare_start(beforePoll.raw) { resident(of: $0, as: EventLoop.self).flush() })
    self.afterPoll = afterPoll
    self.beforePoll = beforePoll
  }

  deinit {
    receiveBuffer.deallocate()
    vectors.deallocate()
    uv.deallocate()
  }

  /// Returns when the loop has stopped and nothing is left on it.
  func run() {
    uv_run(uv, UV_RUN_DEFAULT)
    uvCheck(uv_loop_close(uv))
  }

  // MARK: Flushing

  /// Sends what the connection has to send, and watches what it wants watched, at the end of this
  /// tick, together with whatever else it writes by then.
  func flushLater(_ connection: SocketConnection) { unflushed.append(connection) }

  /// Sends what was written so far: for whoever goes on working in this tick longer than a peer should wait.
  package func flushNow() {
    // Whoever is called by a flush is followed by the rest of it.
    if !isFlushing { flush() }
  }

  private func flush() {
    isFlushing = true
    defer { isFlushing = false }
    // What is sent may lead to more that is to be sent, and nothing else comes before the poll.
    while !unflushed.isEmpty {
      swap(&unflushed, &flushing)
      for connection in flushing { connection.flush() }
      flushing.removeAll(keepingCapacity: true)
    }
  }

  // MARK: Time

  /// Runs `body` on this loop when the time has come, not before. After the stop nothing is run.
  @discardableResult
  package func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping () -> Void
  ) -> LoopTimer {
    LoopTimer(on: self, afterMilliseconds: milliseconds, body)
  }

  // MARK: Stopping

  /// Closes everything that is on the loop. `run` returns when libuv has let go of it all.
  func stop() {
    if isStopped { return }
    isStopped = true
    uv_walk(
      uv,
      { handle, _ in
        guard let handle, uv_is_closing(handle) == 0 else { return }
        resident(of: handle, as: LoopResident.self).loopStops()
      }, nil)
  }

  override func loopStops() {
    afterPoll?.close()
    beforePoll?.close()
    afterPoll = nil
    beforePoll = nil
  }
}
