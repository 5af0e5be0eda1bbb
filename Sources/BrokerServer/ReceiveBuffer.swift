import NIOCore

/// The one buffer that all connections of an event loop receive into. It is free again when a read
/// has been dealt with, because frames are copied out of it.
final class ReceiveBuffer {
  static let bytes = 256 << 10

  private var free: ByteBuffer?

  /// Hands the buffer out. A read that fails loses it; the next then makes another.
  func take(_ allocator: ByteBufferAllocator) -> ByteBuffer {
    guard var buffer = free else { return allocator.buffer(capacity: Self.bytes) }
    free = nil
    buffer.clear()
    return buffer
  }

  func giveBack(_ buffer: ByteBuffer) {
    if buffer.storageCapacity >= Self.bytes { free = buffer }
  }
}

/// Makes a channel receive into its event loop's buffer, so that an idle connection has none.
///
/// A channel keeps the first buffer it was given for as long as it lives and asks for another when
/// that one may have to grow. So the first is small, and the answer to whether to grow always yes.
struct SharedReceiveAllocator: RecvByteBufferAllocator {
  private static let firstBytes = 512

  private let shared: NIOLoopBound<ReceiveBuffer>
  private var hasRead = false

  init(_ shared: NIOLoopBound<ReceiveBuffer>) {
    self.shared = shared
  }

  func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
    hasRead ? shared.value.take(allocator) : allocator.buffer(capacity: Self.firstBytes)
  }

  mutating func record(actualReadBytes: Int) -> Bool {
    hasRead = true
    return true
  }
}
