package import Arguments

/// `kafka-server-start`: `acta serve` with a file of Kafka's, in this process or behind it.
package struct ServerStartTool: Tool {
  package static let name = "server-start"

  private static let isDaemon = Option(
    flag: "daemon", help: "Serve in the background; what it logs goes to kafkaServer.out.")
  private static let overrides = Option(
    repeatable: "override", takes: .text, valueName: "property=value",
    help: "A setting that beats the file's; repeatable.")

  private static let usage =
    "USAGE: kafka-server-start [-daemon] server.properties [--override property=value]*"

  package static var command: Command {
    Command(
      name: "kafka-server-start", abstract: "Serve Kafka clients as Kafka's file of settings says.",
      discussion: usage,
      version: KafkaVersion.current, dialect: .jopt, options: [isDaemon, overrides],
      operands: [
        Operand("server.properties", help: "The broker's settings."),
        Operand("more", isRequired: false, isRepeatable: true),
      ])
  }

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  /// Without a file there is nothing to say but how it is called; Kafka's script says it on standard output.
  package static func answer(to error: UsageError, columns: Int) -> Answer {
    switch error.problem {
    case .missingOperand, .nothingGiven:
      Answer(usage + "\n", isComplaint: false, exitCode: 1)
    default: Answer(error, columns: columns)
    }
  }

  package func run(_ console: Console) async throws -> Int32 {
    let more = invocation.operands.dropFirst()
    if !more.isEmpty {
      throw ToolError("Found non argument parameters: \(more.joined(separator: ","))")
    }
    let words =
      ["acta", "serve", "--config=\(invocation.operands[0])"]
      + invocation[Self.overrides].map { "--override=\($0)" }
    console.output.flush()
    let program = OwnProgram(words)
    if invocation[Self.isDaemon] {
      try program.start(
        writingTo: console.environment["LOG_DIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "logs",
        "kafkaServer.out")
      return 0
    }
    throw program.become()
  }
}
