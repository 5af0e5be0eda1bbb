import ActaModel
import Foundation
import Testing

@testable import BatchCodec

/// ACTA_FUZZ_SEED repeats a run, ACTA_FUZZ_COUNT sets the number of mutations.
@Suite("Mutated batches") struct FuzzTests {
  private let count =
    ProcessInfo.processInfo.environment["ACTA_FUZZ_COUNT"].flatMap { Int($0) } ?? 100_000

  @Test("are refused, or accepted with everything about them true", .timeLimit(.minutes(5)))
  func mutations() throws {
    var random = SeededGenerator.forTest()
    let seeds = self.seeds(&random)
    var accepted = 0
    for round in 0..<count {
      var batch = seeds[round % seeds.count]
      batch.mutate(&random)
      if round % 2 == 0 { batch.repair() }
      if try isAccepted(batch, rules: random.rules()) { accepted += 1 }
    }
    // Otherwise the mutations are too wild to reach what is behind the first checks.
    #expect(accepted > count / 100)
    #expect(accepted < count * 9 / 10)
  }

  @Test("with mutated records behind a good compression are, too", .timeLimit(.minutes(5)))
  func mutatedRecords() throws {
    var random = SeededGenerator.forTest()
    let codecs = CompressionCodec.allCases
    for round in 0..<count / 20 {
      var batch = random.batch(of: random.records(upTo: 4), codec: .none)
      batch.mutate(&random)
      guard batch.count > 61, var header = BatchHeader(parsing: batch) else { continue }
      let codec = codecs[round % codecs.count]
      var compressed = Compression.compressBatch(batch, codec: codec, level: 1)
      header.attributes = header.attributes.with(codec)
      header.seal(&compressed)
      _ = try isAccepted(compressed, rules: random.rules())
    }
  }

  private func seeds(_ random: inout SeededGenerator) -> [[UInt8]] {
    let own = CompressionCodec.allCases.flatMap { codec in
      (0..<6).map { _ in random.batch(of: random.records(upTo: 6), codec: codec) }
    }
    return BatchVector.all.map(\.produced) + own.filter { $0.count < 1000 }
  }

  private func isAccepted(_ batch: [UInt8], rules: BatchRules) throws -> Bool {
    let produced: ProducedBatch
    do throws(BatchRejection) {
      produced = try ProducedBatch.validate(batch, rules: rules, now: RawBatch.time)
    } catch {
      let codes: [ErrorCode] = [
        .invalidRecord, .corruptMessage, .messageTooLarge, .invalidTimestamp,
        .unsupportedCompressionType,
      ]
      #expect(codes.contains(error.code))
      return false
    }
    let header = try #require(BatchHeader(parsing: produced.bytes))
    #expect(header == produced.header)
    let records = try DecodedRecord.decode(batch: produced.bytes)
    #expect(records.count == Int(header.recordCount))
    var rebuilder = BatchRebuilder(header: header)
    for record in records { rebuilder.append(record) }
    #expect(rebuilder.recordsSize == produced.recordsSize)
    #expect(rebuilder.finish().recordsCRC == produced.recordsCRC)
    return true
  }
}

extension SeededGenerator {
  fileprivate mutating func rules() -> BatchRules {
    var rules = BatchRules()
    rules.maxDecompressedBytes = 1 << 18
    rules.usesLogAppendTime = Int.random(in: 0..<4, using: &self) == 0
    rules.requiresKeys = Int.random(in: 0..<8, using: &self) == 0
    if Bool.random(using: &self) { rules.timestampAfterMaxMilliseconds = .max }
    if Int.random(in: 0..<8, using: &self) == 0 {
      rules.compression = CompressionCodec.allCases.randomElement(using: &self)
    }
    return rules
  }
}

extension [UInt8] {
  fileprivate mutating func mutate(_ random: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 1...3, using: &random) where !isEmpty {
      let place = Int.random(in: 0..<count, using: &random)
      switch Int.random(in: 0..<12, using: &random) {
      case 0..<5: self[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 5, 6: self[place] = UInt8.random(in: 0...255, using: &random)
      case 7: self[place] = [0x00, 0x01, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
      case 8: remove(at: place)
      case 9: insert(random.bytes(1)[0], at: place)
      case 10: insert(contentsOf: self[place..<Swift.min(place + 8, count)], at: place)
      default: removeLast(Swift.min(count - place, 9))
      }
    }
  }

  /// Makes length, magic, base offset and CRC right, so that what is behind them is reached.
  fileprivate mutating func repair() {
    guard var header = BatchHeader(parsing: self) else { return }
    header.magic = 2
    header.baseOffset = 0
    header.seal(&self)
  }
}
