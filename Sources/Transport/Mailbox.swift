import CGlibc
import CUV
import Glibc
import Synchronization
import Threads

/// The way onto a loop from other threads: however many calls arrive before the loop looks, they wake
/// it once.
///
/// It is woken by an eventfd of its own, watched with `uv_poll_t`, and not by `uv_async_t`: an eventfd
/// may be written to at any time until it is closed, while `uv_async_send` must not come after
/// `uv_close` and would have to be called with the lock held. (libuv 1.44 also spins on the loop's
/// thread until the sender has left `uv_async_send`.)
///
/// `@unchecked Sendable`: `poll` is only touched by the loop's thread.
package final class Mailbox: LoopResident, @unchecked Sendable {
  private struct State {
    var work: [@Sendable () -> Void] = []
    /// Whether the loop will look, and so no other caller needs to wake it.
    var isScheduled = false
    var isStopped = false
  }

  /// Batches taken in one go. Sockets wait meanwhile.
  private static let batchesPerTick = 8

  private let state = Monitor(State())
  private let event: Int32
  private var poll: UVHandle<uv_poll_t, Mailbox>?

  private let connections = Atomic<Int>(0)

  override init() {
    event = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    precondition(event >= 0, "no eventfd for a loop: \(String(cString: strerror(errno)))")
    super.init()
  }

  deinit { close(event) }

  func open(on uv: UnsafeMutablePointer<uv_loop_t>) {
    let event = event
    let poll = UVHandle(owner: self) { uv_poll_init(uv, $0, event) }
    uvCheck(
      uv_poll_start(poll.raw, PollEvents.readable) { handle, _, _ in
        resident(of: handle, as: Mailbox.self).woken()
      })
    self.poll = poll
  }

  /// Runs `body` later on the loop, in the order of calls. Once the loop has stopped it is dropped.
  package func execute(_ body: @escaping @Sendable () -> Void) {
    let mustWake = state.withLock { state in
      if state.isStopped { return false }
      state.work.append(body)
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if mustWake { wake() }
  }

  package var isStopped: Bool { state.withLock { $0.isStopped } }

  /// The counter of an eventfd cannot overflow here: it is at most one per drain.
  private func wake() {
    var one: UInt64 = 1
    while write(event, &one, 8) < 0, errno == EINTR {}
  }

  private func woken() {
    var count: UInt64 = 0
    while read(event, &count, 8) < 0, errno == EINTR {}
    drain()
  }

  /// Goes on while more keeps coming, so that those who send it need not wake the loop, but not for
  /// ever.
  private func drain() {
    for _ in 0..<Self.batchesPerTick {
      let batch = state.withLock { state in
        state.isScheduled = !state.work.isEmpty
        defer { state.work = [] }
        return state.work
      }
      if batch.isEmpty { return }
      for body in batch {
        // One of them may have stopped the loop; those behind it are dropped.
        if poll == nil { return }
        body()
      }
    }
    wake()
  }

  // MARK: Counting

  /// Connections of this loop that exist, open or not. Zero when nothing is open: anything else is a
  /// leak.
  package var liveConnections: Int { connections.load(ordering: .relaxed) }

  func connectionMade() { connections.add(1, ordering: .relaxed) }

  /// On any thread: the last to let go of a connection need not be its loop.
  func connectionGone() { connections.subtract(1, ordering: .relaxed) }

  override func loopStops() {
    let dropped = state.withLock { state in
      state.isStopped = true
      defer { state.work = [] }
      return state.work
    }
    // Let go of without the lock: what it holds may want the mailbox.
    _ = consume dropped
    poll?.close()
    poll = nil
  }
}
