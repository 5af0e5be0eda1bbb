@testable import BatchCodec

/// A record spelt out field by field, so that any of them can be made wrong.
struct RawRecord {
  var attributes: UInt8 = 0
  var timestampDelta: Int64 = 0
  var offsetDelta: Int64 = 0
  /// Written instead of the real length.
  var declaredLength: Int64?
  var keyLength: Int64 = 1
  var key: [UInt8] = [0x6b]
  var valueLength: Int64 = 1
  var value: [UInt8] = [0x76]
  var headerCount: Int64 = 0
  var headers: [UInt8] = []
  var trailing: [UInt8] = []

  init(offsetDelta: Int64 = 0) { self.offsetDelta = offsetDelta }

  func with(_ change: (inout RawRecord) -> Void) -> RawRecord {
    var record = self
    change(&record)
    return record
  }

  var bytes: [UInt8] {
    var body = [attributes] + varint(timestampDelta) + varint(offsetDelta)
    body += varint(keyLength) + key + varint(valueLength) + value
    body += varint(headerCount) + headers + trailing
    return varint(declaredLength ?? Int64(body.count)) + body
  }

  static func header(_ name: [UInt8], _ value: [UInt8]?) -> [UInt8] {
    varint(Int64(name.count)) + name + varint(value.map { Int64($0.count) } ?? -1) + (value ?? [])
  }
}

/// A zigzag varint, worked out independently of the library's.
func varint(_ value: Int64) -> [UInt8] {
  var rest = value < 0 ? UInt64(bitPattern: ~value) &* 2 &+ 1 : UInt64(value) &* 2
  var bytes: [UInt8] = []
  while rest > 127 {
    bytes.append(UInt8(rest % 128) + 128)
    rest /= 128
  }
  return bytes + [UInt8(rest)]
}

/// A batch of raw records whose header is right unless it is changed.
struct RawBatch {
  static let time: Int64 = 1_700_000_000_000
  var header: BatchHeader
  var records: [UInt8]

  init(_ records: [RawRecord] = [RawRecord(), RawRecord(offsetDelta: 1)]) {
    self.init(count: records.count, records: records.flatMap(\.bytes))
  }

  init(count: Int, records: [UInt8], codec: CompressionCodec = .none) {
    self.records = records
    header = BatchHeader(
      baseOffset: 0, attributes: BatchAttributes().with(codec), lastOffsetDelta: Int32(count - 1),
      baseTimestamp: Self.time, maxTimestamp: Self.time, recordCount: Int32(count))
  }

  /// Length and CRC are right; `change` alters the header, `patch` the bytes after that.
  func sealed(
    _ change: (inout BatchHeader) -> Void = { _ in }, patch: (inout [UInt8]) -> Void = { _ in }
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: BatchHeader.size) + records
    var changed = header
    change(&changed)
    changed.seal(&bytes)
    patch(&bytes)
    return bytes
  }
}
