/// A UUID (RFC 9562): 128 bits, written in groups of hexadecimal digits.
///
/// Foundation's is made of its bytes and the other way round: `UniqueID(uuid.uuid)`, `UUID(uuid: id.bytes)`.
public struct UniqueID: Hashable, Sendable {
  /// Sixteen bytes, the first of which is written first.
  public typealias Bytes = (
    UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8,
    UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8
  )

  private let number: UInt128

  /// The id of these bytes.
  public init(_ bytes: Bytes) {
    number = withUnsafeBytes(of: bytes) { bytes in
      bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }
  }

  private init(number: UInt128) { self.number = number }

  /// As Foundation's `UUID` takes them.
  public var bytes: Bytes {
    withUnsafeBytes(of: number.bigEndian) { $0.loadUnaligned(as: Bytes.self) }
  }

  /// One of random digits (version 4).
  public static func random() -> UniqueID {
    var number = UInt128.random(in: .min ... .max)
    number = number & ~(0xf << 76) | 4 << 76
    number = number & ~(0x3 << 62) | 2 << 62
    return UniqueID(number: number)
  }

  /// Where in its text the groups end.
  private static let dashes: Set<Int> = [8, 13, 18, 23]
}

extension UniqueID: LosslessStringConvertible {
  /// - Parameter text: `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in letters of any case; `nil` for anything else.
  public init?(_ text: String) {
    var number: UInt128 = 0
    guard text.utf8.count == 36 else { return nil }
    for (index, byte) in text.utf8.enumerated() {
      if Self.dashes.contains(index) {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      number = number << 4 | UInt128(digit)
    }
    self.number = number
  }

  public var description: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for index in 0..<32 {
      if Self.dashes.contains(text.count) { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(truncatingIfNeeded: number >> (124 - 4 * index)) & 15])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension UniqueID: Codable {
  /// Reads text.
  ///
  /// - Throws: `DecodingError.dataCorrupted` for text that is no UUID.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = UniqueID(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text.prefix(50))' is no UUID.")
    }
    self = id
  }

  /// Writes text.
  ///
  /// - Throws: What the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// UUIDs as text, as Kafka's `UUIDSerializer` writes them.
public struct UniqueIDSerializer: Serializer {
  /// There is nothing to set.
  public init() {}

  public func serialize(_ value: UniqueID, topic: String, headers: inout [Header]) -> [UInt8] {
    Array(value.description.utf8)
  }
}

/// UUIDs that are text.
public struct UniqueIDDeserializer: Deserializer {
  /// There is nothing to set.
  public init() {}

  /// - Throws: `DeserializationError` for text that is no UUID.
  public func deserialize(
    _ bytes: RawSpan, topic: String, headers: [Header]
  ) throws -> UniqueID {
    let text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    guard let id = UniqueID(text) else {
      throw DeserializationError("'\(text.prefix(50))' is no UUID.")
    }
    return id
  }
}
