import BatchCodec
import Foundation
import Testing

/// The byte-exact batches of Fixtures/record-batches.json.
struct BatchVector: Decodable, CustomTestStringConvertible {
  struct Record: Decodable {
    let offset: Int64
    let timestamp: Int64
    let key: String?
    let value: String?
    let headers: [[String?]]
  }

  let name: String
  let hex: String
  let crc32c: UInt32
  let attributes: Int16
  let baseOffset: Int64
  let records: [Record]

  var testDescription: String { name }
  var bytes: [UInt8] { [UInt8](hex: hex) }

  /// As a producer would have sent it: at base offset 0.
  var produced: [UInt8] {
    var bytes = bytes
    BatchHeader.stamp(baseOffset: 0, leaderEpoch: -1, into: &bytes)
    return bytes
  }

  var decoded: [DecodedRecord] {
    records.map { record in
      DecodedRecord(
        offset: record.offset, timestamp: record.timestamp,
        key: record.key.map { [UInt8](hex: $0) }, value: record.value.map { [UInt8](hex: $0) },
        headers: record.headers.map { pair in
          RecordHeader(name: pair[0] ?? "", value: pair[1].map { [UInt8](hex: $0) })
        })
    }
  }

  static let all: [BatchVector] = {
    struct File: Decodable { let batches: [BatchVector] }
    // Arguments of a test cannot throw; without its fixture the suite is worth nothing.
    return try! fixture("record-batches", as: File.self).batches
  }()

  static func named(_ name: String) -> BatchVector { all.first { $0.name == name }! }
}

func fixture<T: Decodable>(_ name: String, as: T.Type) throws -> T {
  let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures")
  let data = try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
  return try JSONDecoder().decode(T.self, from: data)
}

extension [UInt8] {
  init(hex: String) {
    let digits = [UInt8](hex.utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16)! }
    self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
