import Foundation

/// One message in one version, its fields by name, and its bytes (body only).
struct MessageVector: Decodable, Sendable {
  let version: Int16
  let kind: String
  let value: JSONValue
  let hex: String

  var bytes: [UInt8] { KafkaWireTests.bytes(hexadecimal: hex) }
}

struct MessageVectors: Decodable, Sendable {
  let name: String
  let apiKey: Int16
  let cases: [MessageVector]

  /// The vectors of one message in the versions that this module knows.
  static func named(_ name: String, in range: ClosedRange<Int16>) throws -> [MessageVector] {
    let file = try JSONDecoder().decode(Self.self, from: fixture("messages/\(name).json"))
    precondition(file.name == name, "the file \(name).json is about \(file.name)")
    return file.cases.filter { range.contains($0.version) }
  }
}

/// A whole frame with size and header.
struct FrameVector: Decodable, Sendable {
  let description: String
  let kind: String
  let apiKey: Int16
  let version: Int16
  let correlationId: Int32
  let clientId: String?
  let body: JSONValue
  let frameHex: String

  var bytes: [UInt8] { KafkaWireTests.bytes(hexadecimal: frameHex) }

  static func all() throws -> [FrameVector] {
    try JSONDecoder().decode([FrameVector].self, from: fixture("frames.json"))
  }
}

private func fixture(_ path: String) throws -> Data {
  let folder = Bundle.module.resourceURL?.appendingPathComponent("Fixtures")
  guard let folder else { throw CocoaError(.fileNoSuchFile) }
  return try Data(contentsOf: folder.appendingPathComponent(path))
}
