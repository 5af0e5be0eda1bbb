// Records without keys: a producer and a consumer whose `Key` is `Never` say nothing of them.

/// Of keys that there are none of.
public struct NoKeySerializer: Serializer {
  /// There is nothing to set.
  public init() {}

  public func serialize(_ value: Never, topic: String, headers: inout [Header]) -> [UInt8] {}
}

extension Producer where Key == Never {
  /// A producer of records without keys.
  ///
  /// - Throws: As the other.
  public convenience init(
    _ configuration: ProducerConfiguration, value: some Serializer<Value>
  ) throws(KafkaError) {
    try self.init(configuration, key: NoKeySerializer(), value: value)
  }

  /// Lends a producer of records without keys that works for as long as `body` runs, and is closed behind it.
  ///
  /// - Throws: As the other.
  public static func with<Result: Sendable>(
    _ configuration: ProducerConfiguration, value: some Serializer<Value>,
    _ body: (Producer) async throws -> Result
  ) async throws -> Result {
    try await with(configuration, key: NoKeySerializer(), value: value, body)
  }
}

extension Consumer where Key == Never {
  /// A consumer that passes over the keys of what it reads.
  ///
  /// - Throws: As the other.
  public convenience init(
    _ configuration: ConsumerConfiguration, value: some Deserializer<Value>
  ) throws(KafkaError) {
    try self.init(configuration, key: NoKeyDeserializer(), value: value)
  }

  /// Lends a consumer that passes over keys and works for as long as `body` runs, and is closed behind it.
  ///
  /// - Throws: As the other.
  public static func with<Result: Sendable>(
    _ configuration: ConsumerConfiguration, value: some Deserializer<Value>,
    _ body: (Consumer) async throws -> Result
  ) async throws -> Result {
    try await with(configuration, key: NoKeyDeserializer(), value: value, body)
  }
}

/// Never asked: a consumer without keys does not look at them.
public struct NoKeyDeserializer: Deserializer {
  /// There is nothing to set.
  public init() {}

  /// - Throws: `DeserializationError`
  public func deserialize(_ bytes: RawSpan, topic: String, headers: [Header]) throws -> Never {
    throw DeserializationError("A consumer without keys was given one.")
  }
}
