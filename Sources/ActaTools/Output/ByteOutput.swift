import Glibc
import Synchronization

/// Bytes on their way out. It can be written to by any thread; what one call writes stays together.
///
/// When nobody reads any more, everything further is dropped: a pipe that breaks is no mistake of the tool's.
package final class ByteOutput: Sendable {
  /// Takes bytes; false when nobody will read any more.
  package typealias Sink = @Sendable (UnsafeRawBufferPointer) -> Bool

  private struct State {
    var bytes: [UInt8] = []
    var isClosed = false
    var whenClosed: (@Sendable () -> Void)?
  }

  package let isTerminal: Bool
  /// How many bytes wait for more.
  private let capacity: Int
  private let sink: Sink
  private let state = Mutex(State())

  package init(isTerminal: Bool = false, capacity: Int = 1 << 16, sink: @escaping Sink) {
    self.isTerminal = isTerminal
    self.capacity = capacity
    self.sink = sink
  }

  package convenience init(descriptor: Int32) {
    self.init(
      isTerminal: isatty(descriptor) == 1, sink: { Self.write($0, to: descriptor) })
  }

  package var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Calls `body` once when nobody reads any more.
  package func whenClosed(_ body: @escaping @Sendable () -> Void) {
    let isClosed = state.withLock { state in
      if !state.isClosed { state.whenClosed = body }
      return state.isClosed
    }
    if isClosed { body() }
  }

  package func write(_ text: String) {
    var text = text
    text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
  }

  package func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

  package func write(_ bytes: UnsafeRawBufferPointer) {
    let told = state.withLock { state in
      if state.isClosed { return nil as (@Sendable () -> Void)? }
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

  /// - Returns: Who is to be told that nobody reads any more; not with the lock held.
  private func drain(_ state: inout State) -> (@Sendable () -> Void)? {
    if state.isClosed || state.bytes.isEmpty { return nil }
    let isOpen = state.bytes.withUnsafeBytes { sink($0) }
    state.bytes.removeAll(keepingCapacity: true)
    if isOpen { return nil }
    state.isClosed = true
    defer { state.whenClosed = nil }
    return state.whenClosed
  }

  /// All of the bytes, or false.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
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
        return false
      }
    }
    return true
  }
}
