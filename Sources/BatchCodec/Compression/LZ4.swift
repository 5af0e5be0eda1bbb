import ActaModel
import CLZ4

/// The LZ4 frame format. Every variant of it is read: block sizes, linked blocks, content size,
/// checksums, several frames in a row, skippable frames. Written like Java's: independent blocks of
/// 64 KiB without checksums.
enum LZ4 {
  static func compress(_ bytes: UnsafeRawBufferPointer, level: Int?, to output: inout [UInt8]) {
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.blockSizeID = LZ4F_max64KB
    preferences.frameInfo.blockMode = LZ4F_blockIndependent
    preferences.compressionLevel = Int32(min(max(level ?? 0, 0), 17))
    output.append(capacity: LZ4F_compressFrameBound(bytes.count, &preferences)) { room in
      let size = LZ4F_compressFrame(
        room.baseAddress, room.count, bytes.baseAddress, bytes.count, &preferences)
      precondition(LZ4F_isError(size) == 0, "lz4's own bound was too small")
      return size
    }
  }

  static func decompress(
    _ bytes: UnsafeRawBufferPointer, into output: inout DecompressedOutput
  ) throws(BatchRejection) {
    var context: OpaquePointer?
    let status = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    precondition(LZ4F_isError(status) == 0, "lz4 could not start to decompress")
    defer { LZ4F_freeDecompressionContext(context) }
    var piece = [UInt8](repeating: 0, count: DecompressedOutput.pieceSize)
    try piece.withPiece { piece throws(BatchRejection) in
      try decompressFrames(bytes, context: context, piece: piece, into: &output)
    }
  }

  private static func decompressFrames(
    _ bytes: UnsafeRawBufferPointer, context: OpaquePointer?, piece: UnsafeMutableRawBufferPointer,
    into output: inout DecompressedOutput
  ) throws(BatchRejection) {
    var start = 0
    while true {
      var consumed = bytes.count - start
      var produced = piece.count
      let source = bytes.baseAddress.map { $0 + start }
      let hint = LZ4F_decompress(context, piece.baseAddress, &produced, source, &consumed, nil)
      guard LZ4F_isError(hint) == 0 else {
        throw .badStream("lz4", String(cString: LZ4F_getErrorName(hint)))
      }
      try output.append(UnsafeRawBufferPointer(rebasing: piece[..<produced]))
      start += consumed
      // Zero says that a frame is complete, all its output delivered.
      if hint == 0, start == bytes.count { return }
      guard consumed > 0 || produced > 0 else { throw .badStream("lz4", "it is cut short") }
    }
  }
}
