import ActaCLI
import ActaClient
package import Arguments
import FileTools
import Glibc
import KafkaConfig

/// `acta doctor`: what clients will be told, and whether it will work.
package struct DoctorTool: Tool {
  package static let name = "doctor"

  package static var command: Command {
    Command(
      name: name,
      abstract: "Look at a log's file, a configuration or a running broker, and give advice.",
      discussion: """
        Ends with 1 if there is a problem. Nothing is changed.

        Examples:
          acta doctor acta.db
          acta doctor --config server.properties
          acta doctor --bootstrap-server localhost:9092
        """,
      options: [config, bootstrapServer, OutputFormat.option],
      operands: [Operand("file", help: "The database file of a log.", isRequired: false)])
  }

  private static let config = Option(
    "config", takes: .fileName, valueName: "file",
    help: "A properties file that `acta serve --config` is to be given.")
  private static let bootstrapServer = Option(
    "bootstrap-server", takes: .text, valueName: "host:port", help: "A broker that runs.")

  private let invocation: Invocation

  package init(_ invocation: Invocation) throws { self.invocation = invocation }

  package func run(_ console: Console) async throws -> Int32 {
    var advice: [Advice] = []
    if let path = invocation[Self.config] { advice += ConfigDiagnosis(path, console).run() }
    if let server = invocation[Self.bootstrapServer] {
      advice += await BrokerDiagnosis(server).run()
    }
    if let path = invocation.operands.first ?? defaultFile {
      advice += try FileDiagnosis(path).run()
    }
    advice.append(LimitDiagnosis.descriptors())
    switch invocation[OutputFormat.option] {
    case .text: for line in advice { console.output.write(text(line, console)) }
    case .json: console.writeJSON(.array(advice.map { json($0) }))
    }
    return advice.contains { $0.level == .problem } ? 1 : 0
  }

  private var defaultFile: String? {
    let isAsked = invocation[Self.config] != nil || invocation[Self.bootstrapServer] != nil
    return isAsked ? nil : "acta.db"
  }

  private func text(_ advice: Advice, _ console: Console) -> String {
    let (sign, color) =
      switch advice.level {
      case .ok: ("ok     ", "32")
      case .note: ("note   ", "33")
      case .problem: ("PROBLEM", "31")
      }
    let label = console.isColored ? "\u{1b}[\(color)m\(sign)\u{1b}[0m" : sign
    return "\(label) \(advice.subject): \(advice.sentence)\n"
  }

  private func json(_ advice: Advice) -> JSONValue {
    .object([
      ("level", .string(advice.level.rawValue)), ("subject", .string(advice.subject)),
      ("sentence", .string(advice.sentence)),
    ])
  }
}

/// What the system allows a process.
private enum LimitDiagnosis {
  private static let fewDescriptors: UInt64 = 4_096

  static func descriptors() -> Advice {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let sentence = "A process may have \(limit.rlim_cur) files and connections open here"
    guard limit.rlim_cur < fewDescriptors else { return Advice(.ok, "limits", sentence + ".") }
    return Advice(
      .note, "limits",
      sentence
        + ": more clients than that are refused. Raise it (ulimit -n, LimitNOFILE=) if there may be more."
    )
  }
}
