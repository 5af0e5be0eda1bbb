import ActaModel
import CZstd

/// Zstandard frames, RFC 8878; several in a row and skippable ones between them are one stream.
enum Zstd {
  /// Frames with a larger window (128 MiB) are refused, whatever is in them, as zstd does on its own
  /// and so Kafka: it is what level 22 and `--long` make. A window is declared, not needed: zstd asks
  /// for its addresses, and the memory behind them is taken as far as the frame is decompressed,
  /// which the limit ends.
  private static let largestWindowLog: Int32 = 27

  static func compress(_ bytes: UnsafeRawBufferPointer, level: Int?, to output: inout [UInt8]) {
    let range = Int(ZSTD_minCLevel())...Int(ZSTD_maxCLevel())
    let level = min(max(level ?? Int(ZSTD_CLEVEL_DEFAULT), range.lowerBound), range.upperBound)
    output.append(capacity: ZSTD_compressBound(bytes.count)) { room in
      let size = ZSTD_compress(
        room.baseAddress, room.count, bytes.baseAddress, bytes.count, Int32(level))
      precondition(ZSTD_isError(size) == 0, "zstd's own bound was too small")
      return size
    }
  }

  /// Of the first frame, if it says so.
  static func declaredSize(of bytes: UnsafeRawBufferPointer) -> Int? {
    // 2⁶⁴ - 1 and - 2 stand for "not known" and "no frame".
    Int(exactly: ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count))
  }

  static func decompress(
    _ bytes: UnsafeRawBufferPointer, into output: inout DecompressedOutput
  ) throws(BatchRejection) {
    let context = ZSTD_createDCtx()
    precondition(context != nil, "zstd could not start to decompress")
    defer { ZSTD_freeDCtx(context) }
    let status = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, largestWindowLog)
    precondition(ZSTD_isError(status) == 0, "zstd did not take a window limit")
    var piece = [UInt8](repeating: 0, count: DecompressedOutput.pieceSize)
    try piece.withPiece { piece throws(BatchRejection) in
      try decompressFrames(bytes, context: context, piece: piece, into: &output)
    }
  }

  private static func decompressFrames(
    _ bytes: UnsafeRawBufferPointer, context: OpaquePointer?, piece: UnsafeMutableRawBufferPointer,
    into output: inout DecompressedOutput
  ) throws(BatchRejection) {
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    while true {
      let start = input.pos
      var room = ZSTD_outBuffer(dst: piece.baseAddress, size: piece.count, pos: 0)
      let hint = ZSTD_decompressStream(context, &room, &input)
      guard ZSTD_isError(hint) == 0 else {
        throw .badStream("zstd", String(cString: ZSTD_getErrorName(hint)))
      }
      try output.append(UnsafeRawBufferPointer(rebasing: piece[..<room.pos]))
      // Zero says that a frame is complete, all its output delivered.
      if hint == 0, input.pos == input.size { return }
      guard input.pos > start || room.pos > 0 else { throw .badStream("zstd", "it is cut short") }
    }
  }
}
