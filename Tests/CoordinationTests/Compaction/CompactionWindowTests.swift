import ActaModel
import BatchCodec
import Coordination
import ModelLiterals
import Testing

@Suite("A window of compaction") struct CompactionWindowTests {
  typealias Row = (key: String?, value: String?)

  static func batch(
    _ rows: [Row], at baseOffset: Int64, control: Bool = false,
    compression: CompressionCodec = .none
  ) throws -> [UInt8] {
    var builder = BatchBuilder()
    for row in rows {
      builder.append(
        timestamp: 1, key: row.key.map { Array($0.utf8) }, value: row.value.map { Array($0.utf8) })
    }
    var bytes = builder.finish(compression: compression)
    var header = try #require(BatchHeader(parsing: bytes))
    header.baseOffset = baseOffset
    if control { header.attributes.insert(.control) }
    header.write(into: &bytes)
    BatchHeader.updateCRC(of: &bytes)
    return bytes
  }

  @Test("the newest record of each key stays, and the others are superseded")
  func newest() throws {
    var window = CompactionWindow(from: 10)
    #expect(window.take(try Self.batch([("a", "1"), ("b", "1"), ("a", "2")], at: 10)) == true)
    #expect(window.take(try Self.batch([("b", nil), ("", "x")], at: 20)) == true)
    #expect(window.superseded == [10, 11])
    #expect(window.entriesInOrder.map(\.offset).sorted() == [12, 20, 21])
    #expect(window.entriesInOrder.filter(\.isTombstone).map(\.offset) == [20])
    #expect(window.end == 22)
    #expect(window.recordCount == 5)
  }

  @Test("records without a key, and those of an aborted transaction, go and supersede none")
  func goners() throws {
    var window = CompactionWindow(from: 0)
    #expect(window.take(try Self.batch([("a", "1"), (nil, "1")], at: 0)) == true)
    #expect(window.take(try Self.batch([("a", "2")], at: 2), isAborted: true) == true)
    #expect(window.superseded == [1, 2])
    #expect(window.entriesInOrder.map(\.offset) == [0])
  }

  @Test("what a control batch says is no key")
  func control() throws {
    var window = CompactionWindow(from: 0)
    #expect(window.take(try Self.batch([("a", "1")], at: 0, control: true)) == true)
    #expect(window.entriesInOrder.isEmpty)
    #expect(window.superseded.isEmpty)
    #expect(window.end == 1)
  }

  @Test("a record is superseded by a newer one of the same key alone")
  func supersedes() throws {
    var window = CompactionWindow(from: 5)
    #expect(window.take(try Self.batch([("a", "1")], at: 5)) == true)
    for (offset, key, expected) in [
      (0, "a", true), (5, "a", false), (6, "a", false), (0, "b", false), (0, nil, true),
      (0, "", false),
    ] as [(Int64, String?, Bool)] {
      var found: Bool?
      let bytes = try Self.batch([(key, "v")], at: offset)
      _ = BatchRest.forEachRecord(of: bytes) { found = window.supersedes($0) }
      #expect(found == expected, "\(offset) \(key ?? "-")")
    }
  }

  @Test("a window with very many keys knows each, in the order of their hashes")
  func manyKeys() throws {
    var window = CompactionWindow(from: 0)
    for first in stride(from: 0, to: 6_000, by: 1_000) {
      let rows = (first..<first + 1_000).map { Row(key: "key \($0 % 4_000)", value: "v") }
      #expect(window.take(try Self.batch(rows, at: Int64(first))) == true)
    }
    #expect(window.superseded == Array(0..<2_000))
    let entries = window.entriesInOrder
    #expect(entries.map(\.offset).sorted() == Array(2_000..<6_000))
    let hashes = entries.map { Int64(bitPattern: $0.hash) }
    #expect(hashes == hashes.sorted())
    #expect(Set(hashes).count == 4_000)
  }

  @Test("a window is full at a number of records or bytes of keys")
  func full() throws {
    var limits = CompactionWindow.Limits()
    limits.records = 2
    limits.keyBytes = 10
    var window = CompactionWindow(from: 0, limits: limits)
    #expect(window.take(try Self.batch([("a", "1")], at: 0)) == true)
    #expect(!window.isFull)
    #expect(window.take(try Self.batch([("a", "1")], at: 1)) == true)
    #expect(window.isFull)
    var long = CompactionWindow(from: 0, limits: limits)
    #expect(long.take(try Self.batch([("a long key", "1")], at: 0)) == true)
    #expect(long.isFull)
  }

  @Test("what is not a batch is refused, and a compressed one read")
  func forms() throws {
    var window = CompactionWindow(from: 0)
    #expect(window.take([1, 2, 3]) == false)
    #expect(
      window.take(try Self.batch([("a", "1"), ("a", "2")], at: 0, compression: .lz4)) == true)
    #expect(window.superseded == [0])
  }
}
