/// Makes keys or values of bytes.
public protocol Deserializer<Value>: Sendable {
  /// What a key or value becomes.
  associatedtype Value

  /// - Parameters:
  ///   - bytes: Lent for the call.
  ///   - topic: Where the record is from.
  ///   - headers: Those of the record.
  /// - Throws: Whatever it likes. It is what whoever asks for records gets; the consumer stands at the record then.
  func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) throws -> Value
}

/// Bytes that are not what they should be.
public struct DeserializationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, for people.
  public let description: String

  /// An error with this sentence.
  public init(_ description: String) { self.description = description }
}

/// Bytes as they are.
public struct BytesDeserializer: Deserializer {
  /// There is nothing to set.
  public init() {}

  public func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) -> [UInt8] {
    bytes.withUnsafeBytes { Array($0) }
  }
}

/// UTF-8; what is none becomes U+FFFD, as in Java.
public struct StringDeserializer: Deserializer {
  /// There is nothing to set.
  public init() {}

  public func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) -> String {
    bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}

/// Integers as Kafka's `ShortDeserializer`, `IntegerDeserializer` and `LongDeserializer` read them: big-endian.
public struct IntegerDeserializer<Value: FixedWidthInteger & BitwiseCopyable & Sendable>:
  Deserializer
{
  /// There is nothing to set.
  public init() {}

  /// - Throws: `DeserializationError` for any other number of bytes than the type has.
  public func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) throws -> Value {
    let size = MemoryLayout<Value>.size
    guard bytes.byteCount == size else {
      throw DeserializationError(
        "An integer of \(size * 8) bits takes \(size) bytes, and there are \(bytes.byteCount).")
    }
    return bytes.withUnsafeBytes { Value(bigEndian: $0.loadUnaligned(as: Value.self)) }
  }
}

/// IEEE 754, 64 bits, big-endian.
public struct DoubleDeserializer: Deserializer {
  /// There is nothing to set.
  public init() {}

  /// - Throws: `DeserializationError` for anything but 8 bytes.
  public func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) throws -> Double {
    let bits = try IntegerDeserializer<UInt64>().deserialize(bytes, topic: topic, headers: headers)
    return Double(bitPattern: bits)
  }
}

/// IEEE 754, 32 bits, big-endian.
public struct FloatDeserializer: Deserializer {
  /// There is nothing to set.
  public init() {}

  /// - Throws: `DeserializationError` for anything but 4 bytes.
  public func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) throws -> Float {
    let bits = try IntegerDeserializer<UInt32>().deserialize(bytes, topic: topic, headers: headers)
    return Float(bitPattern: bits)
  }
}

/// A byte, 0 or 1.
public struct BooleanDeserializer: Deserializer {
  /// There is nothing to set.
  public init() {}

  /// - Throws: `DeserializationError` for anything but one byte that is 0 or 1.
  public func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) throws -> Bool {
    switch try IntegerDeserializer<UInt8>().deserialize(bytes, topic: topic, headers: headers) {
    case 0: return false
    case 1: return true
    case let byte: throw DeserializationError("A boolean is 0 or 1, and there is \(byte).")
    }
  }
}
