package import ActaClient
package import Arguments

/// What a listing looks like; JSON is not Kafka's.
package enum OutputFormat: String, CaseIterable, Sendable {
  case text, json

  package static let option = Option<OutputFormat>(
    "output", takes: .choice, default: .text, help: "text, or json for programs.")

  /// For commands whose usage line is Kafka's: understood, and in no help.
  static let unlisted = Option<OutputFormat>(
    "output", takes: .choice, default: .text, help: "text, or json for programs.", isHidden: true)
}

extension Invocation {
  /// Whether a program reads what is printed. Of any command, also of one without the option.
  package var isForProgram: Bool {
    text(of: OutputFormat.option) == OutputFormat.json.rawValue
  }
}

extension Console {
  /// One line.
  package func writeJSON(_ value: JSONValue) {
    var writer = JSONWriter(sortsKeys: false)
    writer.write(value)
    output.write(writer.bytes + [UInt8(ascii: "\n")])
  }
}
