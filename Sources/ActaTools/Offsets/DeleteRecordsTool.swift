import ActaCLI
import ActaClient
package import Arguments

/// `kafka-delete-records`: deletes the oldest records of partitions.
package struct DeleteRecordsTool: Tool {
  package static let name = "delete-records"

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    let records = try Self.records(invocation[Self.file] ?? "")
    let configuration = try Self.connection.adminConfiguration(invocation)
    console.output.write("Executing records delete operation\n")
    let results = try await Admin.with(configuration) { try await $0.deleteRecords(records) }
    console.output.write("Records delete operation completed:\n")
    for (partition, result) in results.sorted(by: { $0.key < $1.key }) {
      let name = "\(partition.topic)-\(partition.partition)"
      switch result {
      case .success(let offset):
        console.output.write("partition: \(name)\tlow_watermark: \(offset)\n")
      case .failure(let error):
        console.output.write("partition: \(name)\terror: \(FailureText.logged(error))\n")
      }
    }
    return 0
  }

  // MARK: The file

  private static func records(_ path: String) throws -> [TopicPartition: RecordsToDelete] {
    var text: String
    do {
      text = try Surroundings.text(ofFile: path)
    } catch {
      throw ToolError("Unable to read file \(path)")
    }
    let value: JSONValue
    do {
      value = try text.withUTF8 { bytes throws(JSONSyntaxError) in
        try JSONParser.parse(UnsafeRawBufferPointer(bytes))
      }
    } catch {
      throw ToolError("The input string is not a valid JSON")
    }
    try checkObject(value)
    if let version = value["version"] {
      let number = try integer(version)
      if number != 1 { throw ToolError("Not supported version field value \(number)") }
    }
    guard let listed = value["partitions"] else { throw ToolError("Missing partitions field") }
    guard case .array(let entries) = listed else {
      throw ToolError("Expected JSON array, received \(listed.text)")
    }
    var records: [TopicPartition: RecordsToDelete] = [:]
    for entry in entries {
      try checkObject(entry)
      let topic = try string(field("topic", of: entry))
      let number = try integer(field("partition", of: entry))
      let offset = try long(field("offset", of: entry))
      let partition = TopicPartition(topic, number)
      guard records[partition] == nil else {
        throw ToolError(
          "Offset json file contains duplicate topic partitions: \(topic)-\(number)")
      }
      records[partition] = offset == -1 ? .all : .before(offset)
    }
    return records
  }

  // In the words of Kafka's decoder.

  private static func checkObject(_ value: JSONValue) throws(ToolError) {
    guard case .object = value else {
      throw ToolError("Expected JSON object, received \(value.text)")
    }
  }

  private static func string(_ value: JSONValue) throws(ToolError) -> String {
    guard case .string(let text) = value else { throw unexpected(value, "String") }
    return text
  }

  private static func integer(_ value: JSONValue) throws(ToolError) -> Int32 {
    guard let number = value.integer.flatMap({ Int32(exactly: $0) }) else {
      throw unexpected(value, "Integer")
    }
    return number
  }

  private static func long(_ value: JSONValue) throws(ToolError) -> Int64 {
    guard let number = value.integer else { throw unexpected(value, "Long") }
    return number
  }

  private static func unexpected(_ value: JSONValue, _ type: String) -> ToolError {
    ToolError("Expected `\(type)` value, received \(value.text)")
  }

  private static func field(_ name: String, of object: JSONValue) throws(ToolError) -> JSONValue {
    guard let value = object[name] else { throw ToolError("No such field exists: `\(name)`") }
    return value
  }
}

extension JSONValue {
  /// A member of an object; the last one of that name.
  fileprivate subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == name }?.value
  }

  fileprivate var integer: Int64? {
    guard case .number(let text) = self else { return nil }
    return Int64(text)
  }

  fileprivate var text: String {
    var writer = JSONWriter(sortsKeys: false)
    writer.write(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

extension DeleteRecordsTool {
  private static let connection = ConnectionOptions(
    bootstrapServer: Option(
      "bootstrap-server", takes: .text, valueName: "server(s) to use for bootstrapping",
      help: "REQUIRED: Brokers to begin with, separated by commas."),
    bootstrapController: nil,
    commandConfig: Option(
      "command-config", takes: .text, valueName: "command config property file path",
      help: "A file with properties of the admin client."),
    oldCommandConfig: nil)
  private static let file = Option(
    "offset-json-file", takes: .text, valueName: "Offset json file path",
    help: "REQUIRED: A file that says before which offset records go; -1 is all of them:\n"
      + "{\"partitions\":\n  [{\"topic\": \"foo\", \"partition\": 1,\n    \"offset\": 1}],\n"
      + " \"version\":1\n}")

  package static var command: Command {
    Command(
      name: "kafka-delete-records",
      abstract:
        "This tool helps to delete records of the given partitions down to the specified offset.",
      version: KafkaVersion.current, dialect: .jopt, options: connection.all + [file],
      rules: [.requires([connection.bootstrapServer, file])])
  }
}
