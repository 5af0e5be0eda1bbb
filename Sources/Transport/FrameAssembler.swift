package import Bytes

/// Cuts a byte stream into frames: an int32 size, then that many bytes (KafkaWire/PROTOCOL.md §1).
///
/// Every frame gets memory of its own, so that no small frame keeps a large buffer alive and nothing
/// that grew stays with the connection. Bytes are copied there out of the loop's receive buffer, except
/// while much of a large frame is missing: then they are received where they stay. The size prefix is
/// only ever a bound: memory grows as bytes come, to at most four times as many, so a peer pays in
/// bytes for what it makes us allocate.
package struct FrameAssembler: ~Copyable {
  /// What must be missing at least to be received in place.
  package static let inPlaceBytes = 32 << 10

  /// Holds for frames that have not begun.
  package var maxFrameBytes: Int
  /// The bytes of a size prefix that came so far, as a number, and their count.
  private var prefix: UInt32 = 0
  private var prefixBytes = 0
  /// The size of the frame in `partial`; `nil` while the prefix is incomplete.
  private var size: Int?
  private var partial = ByteFiller()

  package init(maxFrameBytes: Int) {
    self.maxFrameBytes = maxFrameBytes
  }

  /// Whether a frame has begun and not ended.
  package var hasPartialFrame: Bool { prefixBytes > 0 || size != nil }
  package var partialBytes: Int { partial.count }
  package var partialCapacity: Int { partial.capacity }

  /// Takes bytes of `chunk` from `offset` on, and returns the next whole frame, without its prefix;
  /// `nil` when all bytes are taken and the frame is not complete. After an error the stream has no
  /// meaning any more.
  package mutating func next(
    from chunk: RawSpan, at offset: inout Int
  ) throws(FrameError) -> ByteSlice? {
    guard let size = try takeSize(from: chunk, at: &offset) else { return nil }
    let count = min(size - partial.count, chunk.byteCount - offset)
    if count > 0 {
      let needed = partial.count + count
      if partial.capacity < needed { partial.grow(to: min(size, needed * 2)) }
      chunk.extracting(offset..<offset + count).withUnsafeBytes { partial.append($0) }
      offset += count
    }
    return takeIfComplete(size)
  }

  /// Where the next bytes should be received, while much of a large frame is missing.
  package mutating func memoryToReceiveInto() -> UnsafeMutableRawBufferPointer? {
    guard let size, size - partial.count >= Self.inPlaceBytes else { return nil }
    partial.grow(to: min(size, partial.count * 4))
    let room = partial.room
    return room.count >= Self.inPlaceBytes ? room : nil
  }

  /// `count` bytes came into the memory just named. Returns the frame if that is all of it.
  package mutating func receivedInPlace(_ count: Int) -> ByteSlice? {
    guard let size else { preconditionFailure("no frame was under way") }
    partial.filled(count)
    return takeIfComplete(size)
  }

  private mutating func takeIfComplete(_ size: Int) -> ByteSlice? {
    guard partial.count == size else { return nil }
    prefix = 0
    prefixBytes = 0
    self.size = nil
    return partial.finish()
  }

  private mutating func takeSize(
    from chunk: RawSpan, at offset: inout Int
  ) throws(FrameError) -> Int? {
    if let size { return size }
    while prefixBytes < MemoryLayout<UInt32>.size {
      guard offset < chunk.byteCount else { return nil }
      // In bounds, and a byte has no alignment.
      prefix = prefix << 8 | UInt32(chunk.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      prefixBytes += 1
      offset += 1
    }
    let announced = Int32(bitPattern: prefix)
    guard announced > 0 else { throw .invalidSize(announced) }
    guard Int(announced) <= maxFrameBytes else { throw .tooLarge(announced, limit: maxFrameBytes) }
    size = Int(announced)
    return size
  }
}
