package import Arguments
import FileTools
import SQLiteStore

/// `kafka-dump-log`: batches and records out of a log's file, also while a broker runs on it.
package struct DumpLogTool: Tool {
  package static let name = "dump-log"

  package static var command: Command {
    Command(
      name: "kafka-dump-log", abstract: "Show the batches and records of a log's file.",
      discussion:
        "This tool helps to parse a log file and dump its contents to the console, useful for debugging"
        + " a seemingly corrupt log segment.",
      version: KafkaVersion.current, dialect: .jopt,
      options: [
        files, printsData, isDeep, skipsMetadata, keyDecoder, valueDecoder, maxBytes,
        maxMessageSize,
        sanityCheck, verifyIndex,
      ] + otherTopics)
  }

  private static let files = Option(
    required: "files", takes: .text, valueName: "file1, file2, ...",
    help:
      "REQUIRED: Databases, or partitions of them as database/topic-partition, separated by commas."
  )
  private static let printsData = Option(
    flag: "print-data-log", help: "Print keys and values; implied by any decoder.")
  private static let isDeep = Option(
    flag: "deep-iteration", help: "Print records, not only batches; implied by --print-data-log.")
  private static let skipsMetadata = Option(
    flag: "skip-record-metadata",
    help: "Print keys and values only, and leave control records out.")
  private static let keyDecoder = decoder("key")
  private static let valueDecoder = decoder("value")
  private static let maxBytes = Option<Int32>(
    "max-bytes", takes: .integer, valueName: "size", default: .max,
    help: "Stop a partition after so many bytes of batches.")
  private static let maxMessageSize = Option<Int32>(
    "max-message-size", takes: .integer, valueName: "size", default: 5_242_880,
    help: "Has no effect: records are rows.")
  private static let sanityCheck = Option(
    flag: "index-sanity-check",
    help: "Check what look-ups by offset and time go by, and print nothing else.")
  private static let verifyIndex = Option(
    flag: "verify-index-only", help: "The same.")
  /// What Kafka keeps in topics of its own is in tables here, if there is any of it.
  private static let otherTopics = [
    (
      "offsets-decoder",
      "Positions are no topic here: see acta audit, or the table committed_offsets."
    ),
    ("transaction-log-decoder", "Transactions are no topic here: see the view transactions."),
    (
      "cluster-metadata-decoder",
      "Metadata are no topic here: see the tables topics and config_overrides."
    ),
    ("remote-log-metadata-decoder", "There is no remote storage."),
    ("share-group-state-decoder", "There are no share groups."),
  ].map { name, place in Option(flag: name, help: "Implies --print-data-log. " + place) }

  private static func decoder(_ what: String) -> Option<Given<String>> {
    Option(
      optionalValue: "\(what)-decoder-class", takes: .text,
      help:
        "How a \(what) is shown: StringDecoder (the default), LongDecoder, IntegerDecoder or DefaultDecoder."
    )
  }

  private let invocation: Invocation
  private let options: LogDump.Options

  package init(_ invocation: Invocation) throws {
    self.invocation = invocation
    var options = LogDump.Options()
    let decoders = [invocation[Self.keyDecoder], invocation[Self.valueDecoder]]
    options.keys = try Self.decoder(decoders[0])
    options.values = try Self.decoder(decoders[1])
    options.printsData =
      invocation[Self.printsData] || decoders.contains { $0 != .absent }
      || Self.otherTopics.contains { invocation[$0] }
    options.isDeep = options.printsData || invocation[Self.isDeep]
    options.skipsMetadata = invocation[Self.skipsMetadata]
    options.maxBytes = Int64(invocation[Self.maxBytes])
    self.options = options
  }

  private static func decoder(_ given: Given<String>) throws -> PayloadDecoder {
    guard case .value(let name) = given else { return .string }
    guard let decoder = PayloadDecoder(className: name) else {
      throw ToolError(
        "There is no decoder \(name): \(PayloadDecoder.allCases.map(\.rawValue).joined(separator: ", "))."
      )
    }
    return decoder
  }

  package func run(_ console: Console) async throws -> Int32 {
    for name in invocation[Self.files].split(separator: ",") {
      let selector = FileSelector(String(name))
      let log = try StoredLog(reading: selector.database)
      for partition in try selector.partitions(in: log) {
        let title = "\(selector.database)/\(partition.name)"
        console.output.write("Dumping \(title)\n")
        try dump(partition, of: log, title, console)
      }
    }
    return 0
  }

  private func dump(
    _ partition: StoredPartition, of log: StoredLog, _ title: String, _ console: Console
  ) throws {
    if invocation[Self.sanityCheck] || invocation[Self.verifyIndex] {
      return try checkIndex(partition, of: log, title, console)
    }
    var dump = LogDump(log, options: options) { bytes in
      try console.goOn()
      console.output.write(bytes)
    }
    try dump.dump(partition)
    guard !dump.gaps.isEmpty else { return }
    let gaps = dump.gaps.map { "  \($0.before) is followed by \($0.after)\n" }
    console.errors.write("Non-consecutive offsets in \(title)\n" + gaps.joined())
  }

  private func checkIndex(
    _ partition: StoredPartition, of log: StoredLog, _ title: String, _ console: Console
  ) throws {
    let mismatches = try IndexCheck(log).run(partition)
    guard !mismatches.isEmpty else {
      return console.output.write("\(title) passed sanity check.\n")
    }
    let lines = mismatches.map {
      "  Index timestamp: \($0.indexTimestamp), log timestamp: \($0.logTimestamp)\n"
    }
    console.errors.write("Found timestamp mismatch in :\(title)\n" + lines.joined())
  }
}
