@testable import BatchCodec

extension SeededGenerator {
  /// Records as odd as they may be: null and empty fields, headers with duplicate names and binary
  /// values, big values, timestamps that go back.
  mutating func records(upTo limit: Int = 40) -> [DecodedRecord] {
    let base = Int64.random(in: 0...2_000_000_000_000, using: &self)
    let count = Int.random(in: 1...limit, using: &self)
    return (0..<count).map { index in
      DecodedRecord(
        offset: Int64(index), timestamp: timestamp(near: base), key: field(), value: field(),
        headers: headers())
    }
  }

  mutating func batch(of records: [DecodedRecord], codec: CompressionCodec) -> [UInt8] {
    let isIdempotent = Bool.random(using: &self)
    var builder = BatchBuilder(
      producerID: isIdempotent ? Int64.random(in: 0...Int64.max, using: &self) : -1,
      producerEpoch: isIdempotent ? Int16.random(in: 0...Int16.max, using: &self) : -1,
      baseSequence: isIdempotent ? Int32.random(in: 0...Int32.max, using: &self) : -1)
    for record in records {
      builder.append(
        timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
    }
    return builder.finish(compression: codec)
  }

  private mutating func timestamp(near base: Int64) -> Int64 {
    switch Int.random(in: 0..<20, using: &self) {
    case 0: -1
    case 1: 0
    case 2: Int64.random(in: 0...Int64.max, using: &self)
    default: base + Int64.random(in: -1000...1000, using: &self)
    }
  }

  private mutating func field() -> [UInt8]? {
    switch Int.random(in: 0..<200, using: &self) {
    case 0..<30: nil
    case 30..<60: []
    case 60: bytes(Int.random(in: 8000...20_000, using: &self))
    case 61: [UInt8](repeating: 0x20, count: 70_000)
    default: bytes(Int.random(in: 1...140, using: &self))
    }
  }

  private mutating func headers() -> [RecordHeader] {
    guard Int.random(in: 0..<4, using: &self) == 0 else { return [] }
    let names = ["", "a", "a", "trace", "späße", "\u{0}", "🗂"].map { Array($0.utf8) }
    // Clients write what their strings hold, and not all of them hold UTF-8.
    let otherNames: [[UInt8]] = [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80]]
    return (0..<Int.random(in: 1...4, using: &self)).map { _ in
      RecordHeader(
        nameBytes: (names + otherNames).randomElement(using: &self) ?? [], value: field())
    }
  }
}
