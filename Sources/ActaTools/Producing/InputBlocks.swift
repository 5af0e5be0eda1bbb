import Glibc
import Synchronization

/// A descriptor that is read block by block, until it ends or nobody wants more of it.
///
/// Reading blocks its thread. That is sound where a tool has nothing else to do until there is more; whoever wants to
/// go on calls `stop`.
final class InputBlocks: Sendable {
  private let descriptor: Int32
  /// Readable once nobody wants more: its other end is closed.
  private let stopped: Int32
  private let stopper: Mutex<Int32?>

  /// - Throws: `ToolError` if the process has no descriptors left.
  init(_ descriptor: Int32) throws(ToolError) {
    self.descriptor = descriptor
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw ToolError("No pipe can be made: \(String(cString: strerror(errno)))")
    }
    stopped = ends[0]
    stopper = Mutex(ends[1])
  }

  deinit {
    stop()
    close(stopped)
  }

  /// From any thread; what reads ends, now and later.
  func stop() {
    if let end = stopper.withLock({ $0.take() }) { close(end) }
  }

  /// - Returns: How many bytes came; 0 at the end, or after `stop`.
  /// - Throws: `ToolError` with the system's reason.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ToolError) -> Int {
    while true {
      if waitOrStop() { return 0 }
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR, errno != EAGAIN {
        throw ToolError("Standard input cannot be read: \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Waits until something can be read.
  ///
  /// - Returns: Whether nobody wants it.
  private func waitOrStop() -> Bool {
    var states = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: stopped, events: Int16(POLLIN), revents: 0),
    ]
    // An error shows when it is read.
    _ = poll(&states, 2, -1)
    return states[1].revents != 0
  }
}
