import ActaClient

/// A record with its key and value as bytes.
typealias FetchedRecord = ConsumerRecord<[UInt8], [UInt8]>

/// Makes of records what is printed.
protocol RecordFormatter: Sendable {
  /// Appends what is printed of a record.
  ///
  /// - Throws: `ToolError` for one that cannot be shown.
  func write(_ record: FetchedRecord, to output: inout [UInt8]) throws(ToolError)
}

/// Kafka's `NoOpMessageFormatter`.
struct NoFormatter: RecordFormatter {
  func write(_ record: FetchedRecord, to output: inout [UInt8]) {}
}

/// The formatters by their names.
enum RecordFormatters {
  /// What `kafka-console-consumer` takes without `--formatter`.
  static let standard = "org.apache.kafka.tools.consumer.DefaultMessageFormatter"

  /// - Parameter name: A class of Kafka's, with the package that it has or had; or one of ours, `json`.
  /// - Throws: `ToolError`
  static func named(
    _ name: String, properties: [String: String]
  ) throws(ToolError) -> any RecordFormatter {
    switch shortName(name) {
    // What Kafka's logs beside is below the level that its tools print.
    case "DefaultMessageFormatter", "LoggingMessageFormatter":
      return try ColumnFormatter(properties)
    case "NoOpMessageFormatter": return NoFormatter()
    case "json": return EnvelopeFormatter(leaders: [:])
    case "OffsetsMessageFormatter", "GroupMetadataMessageFormatter",
      "TransactionLogMessageFormatter":
      throw ToolError(
        "\(name): Acta keeps groups and transactions in tables, not in topics; see kafka-consumer-groups, "
          + "kafka-transactions and acta sql.")
    default: throw ToolError("java.lang.ClassNotFoundException: \(name)")
    }
  }

  private static func shortName(_ name: String) -> String {
    for package in ["org.apache.kafka.tools.consumer.", "kafka.tools."]
    where name.hasPrefix(package) {
      return String(name.dropFirst(package.count))
    }
    return name
  }
}
