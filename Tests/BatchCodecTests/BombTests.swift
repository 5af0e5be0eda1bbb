import ActaModel
import Foundation
import Testing

@testable import BatchCodec

/// LogEngine/DURABILITY.md §4, T15.
@Suite("Decompression bombs") struct BombTests {
  static let codecs = CompressionCodec.allCases.filter { $0 != .none }

  @Test("a hundred megabytes of zeros stop at the limit", arguments: codecs)
  func bomb(codec: CompressionCodec) {
    let bomb = Self.bomb(codec)
    for limit in [0, 1, 1000, 1 << 20, 3 << 20] {
      let rejection = #expect(throws: BatchRejection.self) {
        try Compression.decompress(bomb, codec: codec, limit: limit)
      }
      #expect(rejection?.code == .messageTooLarge)
    }
  }

  @Test("a bomb takes no more memory than its limit and a little")
  func memory() async {
    await #expect(processExitsWith: .success) {
      for codec in BombTests.codecs {
        let limit = 64 << 20
        let bomb = BombTests.bomb(codec)
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        let before = try BombTests.peakMemory()
        do throws(BatchRejection) {
          _ = try Compression.decompress(bomb, codec: codec, limit: limit)
          Issue.record("\(codec): the bomb was taken")
        } catch {
          #expect(error.code == .messageTooLarge)
        }
        let extra = try BombTests.peakMemory() - before
        #expect(extra <= limit + 12 << 20, "\(codec): \(extra >> 20) MiB")
      }
    }
  }

  @Test("a window that is declared and not filled takes no memory")
  func declaredWindow() async {
    await #expect(processExitsWith: .success) {
      // Window 128 MiB, content size unknown; a last block of 60,000 zeros, run-length encoded.
      let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x03, 0x53, 0x07, 0]
      try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
      let before = try BombTests.peakMemory()
      for _ in 0..<20 {
        let zeros = try Compression.decompress(frame, codec: .zstd, limit: 1 << 20)
        #expect(zeros.count == 60_000)
      }
      let extra = try BombTests.peakMemory() - before
      #expect(extra <= 4 << 20, "\(extra >> 10) KiB")
    }
  }

  @Test("a size that is declared and not true costs nothing and is refused")
  func declaredSizes() {
    let lies: [(CompressionCodec, [UInt8])] = [
      // Raw snappy: 2^32 - 1 bytes, then a literal of one byte.
      (.snappy, [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61]),
      // The same in a xerial block.
      (
        .snappy,
        [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]
          + [0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61]
      ),
      // A xerial block of almost 4 GiB.
      (
        .snappy,
        [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]
          + [0xff, 0xff, 0xff, 0xff, 0, 0]
      ),
      // zstd, single segment, content size 2^60, an empty last block.
      (.zstd, [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x01, 0, 0]),
      // zstd, content size 1000, window 1 KiB, an empty last block.
      (.zstd, [0x28, 0xb5, 0x2f, 0xfd, 0x40, 0x00, 0xe8, 0x02, 0x01, 0, 0]),
    ]
    for (codec, bytes) in lies {
      let rejection = #expect(throws: BatchRejection.self, "\(bytes)") {
        try Compression.decompress(bytes, codec: codec, limit: 64 << 20)
      }
      #expect(rejection?.code == .invalidRecord, "\(bytes)")
    }
  }

  @Test("a bomb in a batch is refused as too large", arguments: codecs)
  func batch(codec: CompressionCodec) {
    let batch = RawBatch(count: 1, records: Self.bomb(codec), codec: codec).sealed()
    var rules = BatchRules()
    rules.maxMessageBytes = batch.count
    rules.maxDecompressedBytes = 1 << 20
    let rejection = #expect(throws: BatchRejection.self) {
      try ProducedBatch.validate(batch, rules: rules, now: 0)
    }
    #expect(rejection?.code == .messageTooLarge)
  }

  /// 128 MiB of zeros: many frames in a row, so that making it takes little memory itself.
  private static func bomb(_ codec: CompressionCodec) -> [UInt8] {
    let part = Compression.compress([UInt8](repeating: 0, count: 4 << 20), codec: codec)
    // The xerial header stands only once.
    let repeated = codec == .snappy ? Array(part[16...]) : part
    return part + (1..<32).flatMap { _ in repeated }
  }

  /// The largest memory that was resident since it was last reset, in bytes.
  private static func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) << 10
  }
}
