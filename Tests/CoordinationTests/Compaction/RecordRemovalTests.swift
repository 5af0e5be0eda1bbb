import ActaModel
import BatchCodec
import Coordination
import ModelLiterals
import Testing

@Suite("Records that leave their batches") struct RecordRemovalTests {
  private func batch(_ count: Int, at offset: Int64) throws -> [UInt8] {
    try CompactionWindowTests.batch(
      (0..<count).map { (key: "k\($0)", value: "value \($0)") }, at: offset)
  }

  /// As it would be rebuilt from the rows that are left.
  private func rebuilt(_ batch: [UInt8], without gone: Set<Int64>) throws -> (UInt32, Int) {
    var rebuilder = BatchRebuilder(header: try #require(BatchHeader(parsing: batch)))
    for record in try DecodedRecord.decode(batch: batch) where !gone.contains(record.offset) {
      record.key?.withUnsafeBytes { key in
        record.value?.withUnsafeBytes { value in
          rebuilder.append(
            offset: record.offset, timestamp: record.timestamp, key: key, value: value)
        }
      }
    }
    let (bytes, crc) = rebuilder.finish()
    return (crc, bytes.count)
  }

  @Test("what is left is what the rows that are left make", arguments: 0..<64)
  func rest(_ pattern: Int) throws {
    let bytes = try batch(6, at: 100)
    let gone = Set((0..<6).filter { pattern & 1 << $0 != 0 }.map { Int64(100 + $0) })
    let rest = try #require(BatchRest(of: bytes) { gone.contains($0.offset) })
    let (crc, size) = try rebuilt(bytes, without: gone)
    #expect(rest.restCRC == crc)
    #expect(BatchHeader.size + rest.restSize == size)
    #expect(Int(rest.removedCount) == gone.count)
    #expect(Int(rest.restCount) == 6 - gone.count)
    #expect(rest.recordsCRC == (try rebuilt(bytes, without: [])).0)
    #expect(Set(rest.removed.flatMap { Array($0) }) == gone)
  }

  @Test("batches are taken in order, and records that are not there are passed over")
  func batches() throws {
    var removal = RecordRemoval([3, 10, 12, 17, 20, 30])
    let first = removal.rewrite(try batch(5, at: 10), atMost: 100) { _ in true }
    #expect(first?.removed == [10...10, 12...12])
    #expect(removal.next == 17)
    let second = removal.rewrite(try batch(2, at: 20), atMost: 100) { _ in true }
    #expect(second?.removed == [20...20])
    #expect(removal.next == 30)
    removal.pass(below: 31)
    #expect(removal.next == nil)
    #expect(removal.kept.isEmpty)
  }

  @Test("a record that is another than was thought stays")
  func kept() throws {
    var removal = RecordRemoval([10, 11])
    let rewrite = removal.rewrite(try batch(3, at: 10), atMost: 100) { $0.offset == 11 }
    #expect(rewrite?.removed == [11...11])
    #expect(removal.kept == [10])
    var none = RecordRemoval([10])
    let nothing = none.rewrite(try batch(3, at: 10), atMost: 100) { _ in false }
    #expect(nothing == nil)
    #expect(none.next == nil)
  }

  @Test("a batch that loses more than a slice may take is looked at again")
  func limit() throws {
    let bytes = try batch(10, at: 0)
    var removal = RecordRemoval([0, 1, 2, 5, 6, 9])
    let first = removal.rewrite(bytes, atMost: 4) { _ in true }
    #expect(first?.removed == [0...2, 5...5])
    #expect(removal.next == 6)
    let second = removal.rewrite(bytes, atMost: 4) { _ in true }
    #expect(second?.removed == [6...6, 9...9])
    #expect(removal.next == nil)
    var exact = RecordRemoval([8, 9, 30])
    let last = exact.rewrite(bytes, atMost: 2) { _ in true }
    #expect(last?.removed == [8...9])
    #expect(exact.next == 30)
  }

  @Test("control batches lose nothing")
  func control() throws {
    var removal = RecordRemoval([0])
    let bytes = try CompactionWindowTests.batch([("a", "b")], at: 0, control: true)
    let rewrite = removal.rewrite(bytes, atMost: 10) { _ in true }
    #expect(rewrite == nil)
    #expect(removal.next == nil)
  }
}
