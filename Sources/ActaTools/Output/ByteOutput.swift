import Glibc
import Synchronization
import Threads

/// Bytes on their way out. It can be written to by any thread; what one call writes stays together.
///
/// When no more can go out, everything further is dropped. A pipe that breaks is no mistake of the tool's; a disk that
/// is full is told when it ends.
package final class ByteOutput: Sendable {
  /// Takes bytes.
  package typealias Sink = @Sendable (UnsafeRawBufferPointer) -> Taken

  /// What has become of bytes.
  package struct Taken: Sendable {
    /// How many have gone out.
    package let count: Int
    /// Why no more can (`errno`); `nil` if all have gone.
    package let failure: Int32?

    package init(count: Int, failure: Int32? = nil) {
      self.count = count
      self.failure = failure
    }
  }

  private struct State {
    var bytes: [UInt8] = []
    var countGone = 0
    var failure: Int32?
    var whenClosed: (@Sendable () -> Void)?
  }

  package let isTerminal: Bool
  /// How many bytes wait for more.
  private let capacity: Int
  private let sink: Sink
  /// Where bytes go, if that is a descriptor.
  private let descriptor: Int32?
  private let state = Mutex(State())

  package init(isTerminal: Bool = false, capacity: Int = 1 << 16, sink: @escaping Sink) {
    self.isTerminal = isTerminal
    self.capacity = capacity
    self.sink = sink
    descriptor = nil
  }

  package init(descriptor: Int32) {
    isTerminal = isatty(descriptor) == 1
    capacity = 1 << 16
    sink = { Self.write($0, to: descriptor) }
    self.descriptor = descriptor
  }

  package var isClosed: Bool { failure != nil }

  /// Why no more can go out (`errno`).
  package var failure: Int32? { state.withLock { $0.failure } }

  /// How many bytes have gone out since the beginning.
  package var countGone: Int { state.withLock { $0.countGone } }

  /// Calls `body` once when no more can go out.
  package func whenClosed(_ body: @escaping @Sendable () -> Void) {
    let isClosed = state.withLock { state in
      if state.failure == nil { state.whenClosed = body }
      return state.failure != nil
    }
    if isClosed { body() }
  }

  /// Notices that nobody reads any more also while nothing is written, for whoever waits for something to print: until
  /// then `acta tail orders | head -1` would go on for as long as no second record comes.
  package func watchReader() {
    guard let descriptor else { return }
    WorkerThread.detached(name: "acta-output") { [weak self] in
      // What is no pipe has no reader that could go.
      var state = pollfd(fd: descriptor, events: 0, revents: 0)
      while poll(&state, 1, -1) < 0, errno == EINTR {}
      if Int32(state.revents) & POLLERR != 0 { self?.close(because: EPIPE) }
    }
  }

  private func close(because failure: Int32) {
    let told = state.withLock { state in
      if state.failure != nil { return nil as (@Sendable () -> Void)? }
      return Self.close(&state, because: failure)
    }
    told?()
  }

  package func write(_ text: String) {
    var text = text
    text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
  }

  package func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

  package func write(_ bytes: UnsafeRawBufferPointer) {
    let told = state.withLock { state in
      if state.failure != nil { return nil as (@Sendable () -> Void)? }
      state.bytes += bytes
      return state.bytes.count > capacity ? drain(&state) : nil
    }
    told?()
  }

  /// Hands out what waits.
  package func flush() {
    let told = state.withLock { drain(&$0) }
    told?()
  }

  /// - Returns: Who is to be told that no more can go out; not with the lock held.
  private func drain(_ state: inout State) -> (@Sendable () -> Void)? {
    if state.failure != nil || state.bytes.isEmpty { return nil }
    let taken = state.bytes.withUnsafeBytes { sink($0) }
    state.bytes.removeAll(keepingCapacity: true)
    state.countGone += taken.count
    return taken.failure.flatMap { Self.close(&state, because: $0) }
  }

  private static func close(_ state: inout State, because failure: Int32) -> (@Sendable () -> Void)?
  {
    state.failure = failure
    defer { state.whenClosed = nil }
    return state.whenClosed
  }

  /// All of the bytes, or as many as can go out.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Taken {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&wait, 1, -1)
      } else if errno != EINTR {
        return Taken(count: bytes.count - rest.count, failure: errno)
      }
    }
    return Taken(count: bytes.count)
  }
}
