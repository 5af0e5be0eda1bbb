extension Consumer {
  /// Lends a consumer that works for as long as `body` runs, and is closed behind it: its group is left however the
  /// body ends, by a `break` out of the loop, by an error or by the task's cancellation.
  ///
  /// ```swift
  /// try await Consumer.with(configuration, key: StringDeserializer(), value: StringDeserializer()) { consumer in
  ///   try await consumer.subscribe(to: ["orders"])
  ///   for try await record in consumer.records { … }
  /// }
  /// ```
  ///
  /// - Throws: `KafkaError` for a configuration that cannot be meant; what `body` throws.
  public static func with<Result: Sendable>(
    _ configuration: ConsumerConfiguration, key: some Deserializer<Key>,
    value: some Deserializer<Value>,
    _ body: (Consumer) async throws -> Result
  ) async throws -> Result {
    let consumer = try Consumer(configuration, key: key, value: value)
    try consumer.start()
    do {
      let result = try await body(consumer)
      await consumer.close()
      return result
    } catch {
      await consumer.close()
      throw error
    }
  }
}
