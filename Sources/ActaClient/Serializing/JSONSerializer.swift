/// What cannot be made bytes of.
public struct SerializationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path to it, and what is wrong.
  public let description: String

  /// An error with this sentence.
  public init(_ description: String) { self.description = description }
}

/// What is `Codable`, as JSON without blanks. Numbers are written exactly, floating-point ones with as many digits as
/// they need to be read back.
public struct JSONSerializer<Value: Encodable & Sendable>: Serializer {
  /// Whether members are in the order of their names. Where a dictionary is part of a key, its bytes, and with them
  /// the partition, would be others each time.
  public let sortsKeys: Bool

  /// Members are in any order unless it says so.
  public init(sortsKeys: Bool = false) { self.sortsKeys = sortsKeys }

  /// - Throws: `SerializationError` with the path to what JSON has no words for; what the value itself throws.
  public func serialize(
    _ value: Value, topic: String, headers: inout [Header]
  ) throws -> [UInt8] {
    do {
      var writer = JSONWriter(sortsKeys: sortsKeys)
      writer.write(try JSONEncoding.value(of: value))
      return writer.bytes
    } catch EncodingError.invalidValue(_, let context) {
      throw SerializationError("\(context.codingPath.jsonPath): \(context.debugDescription)")
    }
  }
}

/// JSON, read as what is `Codable`. Numbers are read exactly: one that the type does not have is an error.
public struct JSONDeserializer<Value: Decodable & Sendable>: Deserializer {
  /// There is nothing to set.
  public init() {}

  /// - Throws: `DeserializationError` with the byte at which it is no JSON, or the path to what is not as expected;
  ///   what the value itself throws.
  public func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) throws -> Value {
    let value: JSONValue
    do throws(JSONSyntaxError) {
      value = try bytes.withUnsafeBytes { bytes throws(JSONSyntaxError) in
        try JSONParser.parse(bytes)
      }
    } catch {
      throw DeserializationError("Not JSON, at byte \(error.offset): \(error.reason).")
    }
    do {
      return try Value(from: JSONDecoding(value: value, codingPath: []))
    } catch let error as DecodingError {
      throw DeserializationError(error.sentence)
    }
  }
}

extension DecodingError {
  fileprivate var sentence: String {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .keyNotFound(_, let context),
      .dataCorrupted(let context):
      return "\(context.codingPath.jsonPath): \(context.debugDescription)"
    @unknown default: return "\(self)"
    }
  }
}
