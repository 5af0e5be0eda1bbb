/// Makes bytes of keys or values.
public protocol Serializer<Value>: Sendable {
  /// What a key or value is made of.
  associatedtype Value

  /// - Parameters:
  ///   - topic: Where the record goes.
  ///   - headers: Those of the record, to which a serializer may add its own.
  /// - Throws: Whatever it likes; it is what the caller of `send` gets, and nothing is sent.
  func serialize(_ value: Value, topic: String, headers: inout [Header]) throws -> [UInt8]
}

/// Bytes as they are.
public struct BytesSerializer: Serializer {
  /// There is nothing to set.
  public init() {}

  public func serialize(_ value: [UInt8], topic: String, headers: inout [Header]) -> [UInt8] {
    value
  }
}

/// Text as UTF-8.
public struct StringSerializer: Serializer {
  /// There is nothing to set.
  public init() {}

  public func serialize(_ value: String, topic: String, headers: inout [Header]) -> [UInt8] {
    Array(value.utf8)
  }
}

/// Integers as Kafka's `ShortSerializer`, `IntegerSerializer` and `LongSerializer` write them: big-endian.
public struct IntegerSerializer<Value: FixedWidthInteger & Sendable>: Serializer {
  /// There is nothing to set.
  public init() {}

  public func serialize(_ value: Value, topic: String, headers: inout [Header]) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}

/// IEEE 754, 64 bits, big-endian, as Kafka's `DoubleSerializer` writes it.
public struct DoubleSerializer: Serializer {
  /// There is nothing to set.
  public init() {}

  public func serialize(_ value: Double, topic: String, headers: inout [Header]) -> [UInt8] {
    withUnsafeBytes(of: value.bitPattern.bigEndian) { Array($0) }
  }
}

/// IEEE 754, 32 bits, big-endian, as Kafka's `FloatSerializer` writes it.
public struct FloatSerializer: Serializer {
  /// There is nothing to set.
  public init() {}

  public func serialize(_ value: Float, topic: String, headers: inout [Header]) -> [UInt8] {
    withUnsafeBytes(of: value.bitPattern.bigEndian) { Array($0) }
  }
}

/// A byte, 0 or 1, as Kafka's `BooleanSerializer` writes it.
public struct BooleanSerializer: Serializer {
  /// There is nothing to set.
  public init() {}

  public func serialize(_ value: Bool, topic: String, headers: inout [Header]) -> [UInt8] {
    [value ? 1 : 0]
  }
}
