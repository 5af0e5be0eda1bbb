import ActaModel
import CLZ4
import CZstd
import Testing

@testable import BatchCodec

@Suite("Compression") struct CompressionTests {
  static let codecs = CompressionCodec.allCases
  static let realCodecs = CompressionCodec.allCases.filter { $0 != .none }
  let text = Array(String(repeating: "the log is the record of things done. ", count: 5000).utf8)

  @Test(
    "what is compressed decompresses to itself, at every size around a block", arguments: codecs)
  func roundTrip(codec: CompressionCodec) throws {
    var random = SeededGenerator.forTest()
    let noise = random.bytes(300_000)
    let sizes = [0, 1, 2, 15, 16, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 190_000]
    for source in [noise, text] {
      for size in sizes {
        let bytes = Array(source[..<min(size, source.count)])
        let compressed = Compression.compress(bytes, codec: codec)
        #expect(
          try Compression.decompress(compressed, codec: codec, limit: bytes.count) == bytes,
          "\(size) bytes")
      }
    }
  }

  @Test("no stream is more than its bytes can unpack to at most", arguments: realCodecs)
  func mostBytes(codec: CompressionCodec) throws {
    for count in [1, 100, 70_000, 20 << 20] {
      let size = Compression.compress([UInt8](repeating: 7, count: count), codec: codec).count
      #expect(Compression.mostBytes(from: size, codec: codec) >= count, "\(count) bytes")
    }
  }

  @Test("gzip and zstd say what they unpack to")
  func declaredSize() {
    for codec in Self.realCodecs {
      let compressed = Compression.compress(text, codec: codec)
      let declared = compressed.withUnsafeBytes { Compression.declaredSize(of: $0, codec: codec) }
      #expect(declared == ([.gzip, .zstd].contains(codec) ? text.count : nil))
      let nothing = [UInt8]().withUnsafeBytes { Compression.declaredSize(of: $0, codec: codec) }
      #expect(nothing == nil)
    }
  }

  @Test("levels outside the codec's range are brought into it", arguments: realCodecs)
  func levels(codec: CompressionCodec) throws {
    for level in [Int.min, -131_072, -1, 0, 1, 9, 17, 22, Int.max] {
      let compressed = Compression.compress(text, codec: codec, level: level)
      #expect(try Compression.decompress(compressed, codec: codec, limit: text.count) == text)
    }
  }

  @Test("one byte more than the limit is too large", arguments: codecs)
  func limit(codec: CompressionCodec) {
    let compressed = Compression.compress(text, codec: codec)
    let rejection = #expect(throws: BatchRejection.self) {
      try Compression.decompress(compressed, codec: codec, limit: text.count - 1)
    }
    #expect(rejection?.code == .messageTooLarge)
  }

  @Test("a stream that is cut short is refused, wherever it is cut", arguments: realCodecs)
  func truncation(codec: CompressionCodec) throws {
    let compressed = Compression.compress(Array(text[..<2000]), codec: codec)
    // The header of a snappy stream is a stream without blocks.
    let first = codec == .snappy ? 17 : 0
    for length in first..<compressed.count {
      let rejection = #expect(throws: BatchRejection.self, "\(length) bytes") {
        try Compression.decompress(Array(compressed[..<length]), codec: codec, limit: 1 << 20)
      }
      #expect(rejection?.code == .invalidRecord)
    }
  }

  @Test("bytes after the stream are refused", arguments: realCodecs)
  func trailingBytes(codec: CompressionCodec) {
    let compressed = Compression.compress(text, codec: codec) + [1, 2, 3]
    #expect(throws: BatchRejection.self) {
      try Compression.decompress(compressed, codec: codec, limit: 1 << 20)
    }
  }

  @Test(
    "several members or frames in a row are one stream",
    arguments: [CompressionCodec.gzip, .lz4, .zstd])
  func concatenated(codec: CompressionCodec) throws {
    let parts = [Array(text[..<10]), [], Array(text[10..<70_000])]
    let compressed = parts.flatMap { Compression.compress($0, codec: codec) }
    let output = try Compression.decompress(compressed, codec: codec, limit: 1 << 20)
    #expect(output == Array(text[..<70_000]))
  }

  @Test("snappy is written as a xerial stream of blocks of 32 KiB")
  func xerial() throws {
    let stream = Compression.compress(Array(text[..<40_000]), codec: .snappy)
    #expect(stream[..<16] == [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
    let first = stream.withUnsafeBytes { Int($0.bigEndian(at: 16, as: UInt32.self)) }
    let block = Array(stream[20..<20 + first])
    // A raw block is taken, too: the stream of clients that do not frame.
    #expect(
      try Compression.decompress(block, codec: .snappy, limit: 1 << 20) == Array(text[..<32_768]))
  }

  @Test("all variants of lz4 frames are read", arguments: [false, true], [false, true])
  func lz4Variants(linked: Bool, checksums: Bool) throws {
    for size in [LZ4F_max64KB, LZ4F_max256KB, LZ4F_max1MB, LZ4F_max4MB] {
      for declaresSize in [false, true] {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = size
        preferences.frameInfo.blockMode = linked ? LZ4F_blockLinked : LZ4F_blockIndependent
        preferences.frameInfo.contentSize = declaresSize ? UInt64(text.count) : 0
        if checksums {
          preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
          preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled
        }
        var frame = [UInt8](repeating: 0, count: LZ4F_compressFrameBound(text.count, &preferences))
        let written = LZ4F_compressFrame(&frame, frame.count, text, text.count, &preferences)
        frame.removeLast(frame.count - written)
        #expect(try Compression.decompress(frame, codec: .lz4, limit: text.count) == text)
      }
    }
  }

  @Test("lz4 is written like Java's: version 1, independent blocks of 64 KiB, no checksums")
  func lz4Header() {
    let frame = Compression.compress(text, codec: .lz4)
    #expect(Array(frame[..<7]) == [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
  }

  @Test("a zstd stream without content size is read, with every window up to 128 MiB")
  func zstdWindow() throws {
    for windowLog: Int32 in [10, 23, 24, 27] {
      #expect(try decompressed(windowLog: windowLog) == text, "2^\(windowLog)")
    }
    let rejection = #expect(throws: BatchRejection.self) { try decompressed(windowLog: 28) }
    #expect(rejection?.code == .invalidRecord)
  }

  @Test("what the highest levels of zstd make is read", arguments: [19, 20, 22])
  func zstdLevels(level: Int) throws {
    let long = (0..<200).flatMap { _ in text }
    let stream = Compression.compress(long, codec: .zstd, level: level)
    #expect(try Compression.decompress(stream, codec: .zstd, limit: long.count) == long)
  }

  private func decompressed(windowLog: Int32) throws -> [UInt8] {
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog)
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(text.count))
    var pieces: [UInt8] = []
    // In two calls, so that the size is not known when the header is written.
    for (piece, directive) in [(text[..<1000], ZSTD_e_continue), (text[1000...], ZSTD_e_end)] {
      let bytes = Array(piece)
      bytes.withUnsafeBytes { bytes in
        output.withUnsafeMutableBytes { output in
          var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
          var room = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
          ZSTD_compressStream2(context, &room, &input, directive)
          pieces += output[..<room.pos]
        }
      }
    }
    return try Compression.decompress(pieces, codec: .zstd, limit: text.count)
  }
}
