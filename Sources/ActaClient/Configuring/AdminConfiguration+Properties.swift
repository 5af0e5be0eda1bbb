import ClientCore
import KafkaConfig

extension AdminConfiguration: ClientConfiguration {}

extension AdminConfiguration {
  /// A configuration by Kafka's property names. What is not set has its default.
  ///
  /// - Parameters:
  ///   - properties: By name.
  ///   - unknown: What is done about names that are not known.
  ///   - note: Told, in a sentence, of each property that has no effect here.
  /// - Throws: `KafkaError` for a name that is not known, with the one that was most likely meant; for a value that
  ///   cannot be, in Kafka's words.
  public init(
    properties: [String: String], unknown: UnknownProperties = .refused,
    note: (String) -> Void = { _ in }
  ) throws(KafkaError) {
    self = try KafkaError.translating { () throws(ClientFailure) in
      var configuration = Self()
      try Self.table.apply(properties, to: &configuration, unknown: unknown, note: note)
      _ = try configuration.networkSettings()
      return configuration
    }
  }

  /// The same from a property file in Java's syntax.
  ///
  /// - Throws: As the other; and for a file that cannot be read, or a line of it.
  public init(
    propertyFile path: String, unknown: UnknownProperties = .refused,
    note: (String) -> Void = { _ in }
  ) throws(KafkaError) {
    let properties = try KafkaError.translating { () throws(ClientFailure) in
      try PropertyFile.read(path)
    }
    try self.init(properties: properties, unknown: unknown, note: note)
  }

  /// All properties that an administrator knows, by name.
  public static var properties: [ConfigurationProperty] { table.documentation }

  static let table = PropertyTable<Self>(
    PropertyEntry.common
      + [
        .number(
          "default.api.timeout.ms", .int, \.defaultAPITimeoutMilliseconds, .atLeast(0),
          "Milliseconds that a call may take, with all its attempts."),
        .number(
          "retries", .int, \.retries, .within(0...Int64(Int32.max)),
          "Attempts after the first; what ends them is usually default.api.timeout.ms."),
      ]
      + PropertyEntry.notHere(
        "it is brokers that lead to the controller", "bootstrap.controllers"))
}
