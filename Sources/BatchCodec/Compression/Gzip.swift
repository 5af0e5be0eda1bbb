import ActaModel
import CZlib

/// gzip members, RFC 1952. Several in a row are one stream, as for the Java client's reader.
enum Gzip {
  /// The largest window, and 16 for the gzip framing.
  private static let windowBits: Int32 = 15 + 16

  static func compress(_ bytes: UnsafeRawBufferPointer, level: Int?, to output: inout [UInt8]) {
    let level = Int32(min(max(level ?? -1, -1), 9))
    var stream = z_stream()
    // zlib keeps the address of its stream, so the stream must stay where it is throughout.
    withUnsafeMutablePointer(to: &stream) { stream in
      let status = deflateInit2_(
        stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
      precondition(status == Z_OK, "zlib could not start to compress (\(status))")
      defer { deflateEnd(stream) }
      output.append(capacity: Int(deflateBound(stream, UInt(bytes.count)))) { room in
        stream.setInput(bytes)
        stream.setOutput(room)
        let status = deflate(stream, Z_FINISH)
        precondition(status == Z_STREAM_END, "zlib's own bound was too small (\(status))")
        return room.count - Int(stream.pointee.avail_out)
      }
    }
  }

  /// The last four bytes of a member say how long it is, modulo 2³².
  static func declaredSize(of bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count >= 18 else { return nil }
    return Int(
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)))
  }

  static func decompress(
    _ bytes: UnsafeRawBufferPointer, into output: inout DecompressedOutput
  ) throws(BatchRejection) {
    var stream = z_stream()
    try withUnsafeMutablePointer(to: &stream) { stream throws(BatchRejection) in
      let status = inflateInit2_(
        stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      precondition(status == Z_OK, "zlib could not start to decompress (\(status))")
      defer { inflateEnd(stream) }
      stream.setInput(bytes)
      var piece = [UInt8](repeating: 0, count: DecompressedOutput.pieceSize)
      try piece.withPiece { piece throws(BatchRejection) in
        try inflateMembers(of: stream, piece: piece, into: &output)
      }
    }
  }

  private static func inflateMembers(
    of stream: UnsafeMutablePointer<z_stream>, piece: UnsafeMutableRawBufferPointer,
    into output: inout DecompressedOutput
  ) throws(BatchRejection) {
    while true {
      stream.setOutput(piece)
      let status = inflate(stream, Z_NO_FLUSH)
      let produced = piece.count - Int(stream.pointee.avail_out)
      try output.append(UnsafeRawBufferPointer(rebasing: piece[..<produced]))
      switch status {
      case Z_OK:
        continue
      case Z_STREAM_END:
        if stream.pointee.avail_in == 0 { return }
        inflateReset(stream)
      case Z_BUF_ERROR:
        throw .badStream("gzip", "it is cut short")
      default:
        throw .badStream("gzip", "zlib error \(status)")
      }
    }
  }
}

extension UnsafeMutablePointer<z_stream> {
  fileprivate func setInput(_ bytes: UnsafeRawBufferPointer) {
    // zlib only reads its input; the C type lacks a const. A batch is below 2 GiB.
    let bound = bytes.bindMemory(to: Bytef.self)
    pointee.next_in = UnsafeMutablePointer<Bytef>(mutating: bound.baseAddress)
    pointee.avail_in = UInt32(bytes.count)
  }

  fileprivate func setOutput(_ room: UnsafeMutableRawBufferPointer) {
    pointee.next_out = room.bindMemory(to: Bytef.self).baseAddress
    pointee.avail_out = UInt32(room.count)
  }
}
