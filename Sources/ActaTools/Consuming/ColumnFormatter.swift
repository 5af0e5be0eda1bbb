import ActaClient

/// Kafka's `DefaultMessageFormatter`: columns in Kafka's order.
struct ColumnFormatter: RecordFormatter {
  private enum Column: String, CaseIterable {
    case timestamp, partition, offset, delivery, epoch, headers, key, value
  }

  private let columns: [Column]
  private let separator: [UInt8]
  private let lineSeparator: [UInt8]
  private let headersSeparator: [UInt8]
  private let nullLiteral: [UInt8]
  private let keyText: ByteText
  private let valueText: ByteText
  private let headersText: ByteText

  /// - Throws: `ToolError` for a deserializer that is not known.
  init(_ properties: [String: String]) throws(ToolError) {
    columns = Column.allCases.filter { column in
      let text = properties["print.\(column.rawValue)"]
      return text == nil ? column == .value : RecordLine.isTrue(text)
    }
    separator = Array((properties["key.separator"] ?? "\t").utf8)
    lineSeparator = Array((properties["line.separator"] ?? "\n").utf8)
    headersSeparator = Array((properties["headers.separator"] ?? ",").utf8)
    nullLiteral = Array((properties["null.literal"] ?? "null").utf8)
    keyText = try Self.text(properties["key.deserializer"])
    valueText = try Self.text(properties["value.deserializer"])
    headersText = try Self.text(properties["headers.deserializer"])
  }

  private static func text(_ name: String?) throws(ToolError) -> ByteText {
    guard let name, !name.isEmpty else { return .byteArray }
    return try ByteText(named: name)
  }

  func write(_ record: FetchedRecord, to output: inout [UInt8]) throws(ToolError) {
    for (place, column) in columns.enumerated() {
      try write(column, of: record, to: &output)
      output += place == columns.count - 1 ? lineSeparator : separator
    }
  }

  private func write(
    _ column: Column, of record: FetchedRecord, to output: inout [UInt8]
  ) throws(ToolError) {
    switch column {
    case .timestamp: output += Self.timestamp(of: record).utf8
    case .partition: output += "Partition:\(record.partition)".utf8
    case .offset: output += "Offset:\(record.offset)".utf8
    // Of share groups.
    case .delivery: output += "Delivery:NOT_PRESENT".utf8
    // Kafka's tool does not know it either.
    case .epoch: output += "Epoch:NOT_PRESENT".utf8
    case .headers: try writeHeaders(record.headers, to: &output)
    case .key: try write(record.key, as: keyText, to: &output)
    case .value: try write(record.value, as: valueText, to: &output)
    }
  }

  private static func timestamp(of record: FetchedRecord) -> String {
    guard let timestamp = record.timestamp, let type = record.timestampType else {
      return "NO_TIMESTAMP"
    }
    return "\(type.rawValue):\(timestamp)"
  }

  private func writeHeaders(_ headers: [Header], to output: inout [UInt8]) throws(ToolError) {
    if headers.isEmpty { output += "NO_HEADERS".utf8 }
    for (place, header) in headers.enumerated() {
      if place > 0 { output += headersSeparator }
      output += header.name.utf8
      output.append(UInt8(ascii: ":"))
      try write(header.value, as: headersText, to: &output)
    }
  }

  private func write(
    _ bytes: [UInt8]?, as text: ByteText, to output: inout [UInt8]
  ) throws(ToolError) {
    if let bytes {
      try text.write(bytes, to: &output)
    } else {
      output += nullLiteral
    }
  }
}
