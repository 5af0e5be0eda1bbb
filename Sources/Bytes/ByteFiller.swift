import Glibc

/// Memory that one owner fills from the front, in pieces or in place, and then gives away as a
/// `ByteSlice`. It is never larger than it was asked to be, so that who counts memory can.
package struct ByteFiller: ~Copyable {
  private var base: UnsafeMutableRawPointer?
  package private(set) var capacity = 0
  package private(set) var count = 0

  package init() {}

  package init(capacity: Int) {
    grow(to: capacity)
  }

  deinit { free(base) }

  /// Makes room for `capacity` bytes in all, keeping those that are there.
  package mutating func grow(to capacity: Int) {
    guard capacity > self.capacity else { return }
    guard let grown = realloc(base, capacity) else {
      // As Swift's own allocations do: there is no way on without memory.
      fatalError("out of memory: \(capacity) bytes")
    }
    base = grown
    self.capacity = capacity
  }

  /// Appends bytes for which there is room.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= capacity - count, "no room for \(bytes.count) bytes")
    guard let source = bytes.baseAddress, let base else { return }
    memcpy(base + count, source, bytes.count)
    count += bytes.count
  }

  /// The room behind the bytes that are there. It stays where it is until `grow` or `finish`.
  package var room: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: base.map { $0 + count }, count: capacity - count)
  }

  /// Counts bytes that the system has written to the beginning of `room`.
  package mutating func filled(_ bytes: Int) {
    precondition(bytes >= 0, "\(bytes) bytes cannot have come")
    precondition(bytes <= capacity - count, "\(bytes) bytes are more than there was room for")
    count += bytes
  }

  /// Gives the bytes away; the filler is empty again.
  package mutating func finish() -> ByteSlice {
    guard let base else { return ByteSlice() }
    defer {
      self.base = nil
      capacity = 0
      count = 0
    }
    return ByteSlice(ByteBlock(owning: base), count: count)
  }
}
