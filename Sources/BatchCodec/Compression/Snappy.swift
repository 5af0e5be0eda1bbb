import ActaModel
import CSnappy

/// Snappy in the xerial framing that the Java client uses: 16 bytes of header (eight of magic, then
/// version 1 and lowest compatible version 1, big-endian), then blocks: compressed length
/// (big-endian) and a raw snappy block. Some clients send one bare raw block; it is told apart by
/// the missing magic.
enum Snappy {
  private static let magic: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
  private static let headerSize = 16
  /// Input of one block that we write, as Java's.
  private static let blockSize = 32 << 10
  /// No element of the format makes more output than 64 bytes from 3: a block that declares a
  /// higher ratio lies, and nothing is allocated for it.
  private static let largestExpansion = 22

  static func compress(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    output += magic
    output += [0, 0, 0, 1, 0, 0, 0, 1]
    var start = 0
    while start < bytes.count {
      let end = min(start + blockSize, bytes.count)
      appendBlock(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), to: &output)
      start = end
    }
  }

  private static func appendBlock(_ block: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    output.append(capacity: 4 + snappy_max_compressed_length(block.count)) { room in
      var size = room.count - 4
      let status = snappy_compress(
        block.bindMemory(to: CChar.self).baseAddress, block.count,
        room.bindMemory(to: CChar.self).baseAddress.map { $0 + 4 }, &size)
      precondition(status == SNAPPY_OK, "snappy's own bound was too small")
      room.storeBigEndian(UInt32(size), at: 0)
      return 4 + size
    }
  }

  static func decompress(
    _ bytes: UnsafeRawBufferPointer, into output: inout DecompressedOutput
  ) throws(BatchRejection) {
    guard bytes.starts(with: magic) else { return try decompressBlock(bytes, into: &output) }
    guard bytes.count >= headerSize else { throw .badStream("snappy", "it is cut short") }
    var start = headerSize
    while start < bytes.count {
      guard bytes.count - start >= 4 else { throw .badStream("snappy", "it is cut short") }
      let size = Int(bytes.bigEndian(at: start, as: UInt32.self))
      start += 4
      guard size <= bytes.count - start else { throw .badStream("snappy", "it is cut short") }
      let block = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
      try decompressBlock(block, into: &output)
      start += size
    }
  }

  private static func decompressBlock(
    _ block: UnsafeRawBufferPointer, into output: inout DecompressedOutput
  ) throws(BatchRejection) {
    let source = block.bindMemory(to: CChar.self).baseAddress
    var size = 0
    guard source != nil, snappy_uncompressed_length(source, block.count, &size) == SNAPPY_OK else {
      throw .badStream("snappy", "a block has no length")
    }
    guard size <= largestExpansion * block.count else {
      throw .badStream("snappy", "a block declares more than it can hold")
    }
    let succeeded = try output.append(count: size) { room in
      var produced = room.count
      let target = room.bindMemory(to: CChar.self).baseAddress
      return snappy_uncompress(source, block.count, target, &produced) == SNAPPY_OK
        && produced == size
    }
    guard succeeded else { throw .badStream("snappy", "a block is damaged") }
  }
}
