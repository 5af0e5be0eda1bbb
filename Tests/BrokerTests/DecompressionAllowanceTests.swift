import ActaModel
import BatchCodec
import Testing

@testable import Broker

@Suite("Decompression allowance") struct DecompressionAllowanceTests {
  private let permit = LargeRequestPermit()

  /// A batch of one record of `count` zeros, which are a few kilobytes compressed.
  private func zeros(_ count: Int) throws -> [UInt8] {
    var rebuilder = BatchRebuilder(
      header: BatchHeader(
        baseOffset: 0, leaderEpoch: -1, attributes: [], lastOffsetDelta: 0, baseTimestamp: 1_000,
        maxTimestamp: 1_000, producerID: -1, producerEpoch: -1, baseSequence: -1, recordCount: 1))
    let value = [UInt8](repeating: 0, count: count)
    value.withUnsafeBytes {
      rebuilder.append(offset: 0, timestamp: 1_000, key: nil, value: $0)
    }
    return rebuilder.finish(compression: .zstd).bytes
  }

  private func allowance() -> DecompressionAllowance {
    DecompressionAllowance(largestBytes: 64 << 20, permit: permit)
  }

  private func accept(
    _ bytes: [UInt8], _ allowance: inout DecompressionAllowance
  ) throws -> ProducedBatch {
    try allowance.validate(bytes, rules: BatchRules(), now: 1_000)
  }

  @Test("the batches of a request share what they may become")
  func shared() throws {
    var allowance = allowance()
    let batch = try zeros(30 << 20)
    _ = try accept(batch, &allowance)
    #expect(allowance.holdsPermit)
    _ = try accept(batch, &allowance)
    #expect { try accept(batch, &allowance) } throws: {
      ($0 as? ProtocolError)?.code == .messageTooLarge
    }
    #expect { try accept(try zeros(10), &allowance) } throws: {
      ($0 as? ProtocolError)?.code == .kafkaStorageError
    }
  }

  @Test("ordinary requests need no permit, and one large request at a time gets it")
  func permits() throws {
    var ordinary = allowance()
    for _ in 0..<15 { _ = try accept(try zeros(1 << 20), &ordinary) }
    #expect(!ordinary.holdsPermit)
    let large = try zeros(20 << 20)
    var first = allowance()
    _ = try accept(large, &first)
    var second = allowance()
    #expect { try accept(large, &second) } throws: {
      ($0 as? ProtocolError)?.code == .kafkaStorageError
    }
    permit.giveBack()
    var third = allowance()
    _ = try accept(large, &third)
    #expect(third.holdsPermit)
  }
}
