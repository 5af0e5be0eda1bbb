import NIOCore

/// Cuts a byte stream into frames: an int32 size, then that many bytes (PROTOCOL.md §1).
///
/// Every frame gets a buffer of its own and each byte is copied once out of the receive buffer, so
/// that no small frame keeps a large buffer alive and nothing that grew stays with the connection.
/// (Lending slices of the receive buffer instead saves the copy and costs a fresh buffer for each
/// read, which is dearer.) The size prefix is only ever a bound: a buffer grows by doubling as bytes
/// come, so a peer pays in bytes for what it makes us allocate.
struct FrameAssembler {
  private let maxFrameBytes: Int
  /// The bytes of a size prefix that came so far, as a number, and their count.
  private var prefix: UInt32 = 0
  private var prefixBytes = 0
  /// The size of the frame in `partial`; `nil` while the prefix is incomplete.
  private var size: Int?
  private var partial = ByteBuffer()

  init(maxFrameBytes: Int) {
    self.maxFrameBytes = maxFrameBytes
  }

  /// Whether a frame has begun and not ended.
  var hasPartialFrame: Bool { prefixBytes > 0 || size != nil }
  var partialBytes: Int { partial.readableBytes }
  var partialCapacity: Int { partial.capacity }

  /// Takes bytes from the front of `chunk` and returns the next whole frame, without its prefix;
  /// `nil` when all bytes are taken and the frame is not complete. After an error the stream has no
  /// meaning any more.
  mutating func next(from chunk: inout ByteBuffer) throws(FrameError) -> ByteBuffer? {
    guard let size = try takeSize(from: &chunk) else { return nil }
    let missing = size - partial.readableBytes
    let count = min(missing, chunk.readableBytes)
    if count > 0 { append(count, of: size, from: &chunk) }
    guard count == missing else { return nil }
    defer { reset() }
    return partial
  }

  private mutating func append(_ count: Int, of size: Int, from chunk: inout ByteBuffer) {
    let needed = partial.readableBytes + count
    if partial.capacity < needed { partial.reserveCapacity(min(size, needed * 2)) }
    chunk.readWithUnsafeReadableBytes { bytes in
      partial.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
  }

  private mutating func takeSize(from chunk: inout ByteBuffer) throws(FrameError) -> Int? {
    if let size { return size }
    if prefixBytes == 0, let whole = chunk.readInteger(as: UInt32.self) {
      prefix = whole
    } else {
      while prefixBytes < 4 {
        guard let byte = chunk.readInteger(as: UInt8.self) else { return nil }
        prefix = prefix << 8 | UInt32(byte)
        prefixBytes += 1
      }
    }
    let announced = Int32(bitPattern: prefix)
    guard announced > 0 else { throw .invalidSize(announced) }
    guard Int(announced) <= maxFrameBytes else { throw .tooLarge(announced, limit: maxFrameBytes) }
    size = Int(announced)
    return size
  }

  private mutating func reset() {
    prefix = 0
    prefixBytes = 0
    size = nil
    partial = ByteBuffer()
  }
}
