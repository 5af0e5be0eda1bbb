package import Logging

/// One event, ready to be written as one line.
package struct LogLine: Sendable {
  /// Since the epoch.
  package let milliseconds: Int64
  package let level: Logger.Level
  package let component: String
  package let message: String
  package let metadata: [String: String]

  package init(
    milliseconds: Int64, level: Logger.Level, component: String, message: String,
    metadata: [String: String] = [:]
  ) {
    self.milliseconds = milliseconds
    self.level = level
    self.component = component
    self.message = message
    self.metadata = metadata
  }
}

extension LogLine {
  /// `[2026-01-01 12:00:00,123] INFO text key=value (component)`, Kafka's pattern, in local time as
  /// Kafka's is.
  package func text(utcOffsetSeconds: Int) -> String {
    let local = LogTime(milliseconds: milliseconds + Int64(utcOffsetSeconds) * 1000)
    var line = "[\(local.kafka)] \(level.kafkaName) \(LogText.escaped(message))"
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      line += " \(LogText.piece(key))=\(LogText.piece(value))"
    }
    return line + " (\(LogText.escaped(component)))"
  }

  /// One JSON object, its time in UTC.
  package func json() -> String {
    var fields = [
      ("time", Self.quoted(LogTime(milliseconds: milliseconds).iso8601)),
      ("level", Self.quoted(level.kafkaName)),
      ("component", Self.quoted(LogText.escaped(component))),
      ("message", Self.quoted(LogText.escaped(message))),
    ]
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { (LogText.piece($0.key), Self.quoted(LogText.piece($0.value))) }
      fields.append(("metadata", Self.object(pairs)))
    }
    return Self.object(fields)
  }

  private static func object(_ fields: [(String, String)]) -> String {
    "{" + fields.map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}"
  }

  /// What JSON forbids in a string beyond these two has been escaped as text already.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}
