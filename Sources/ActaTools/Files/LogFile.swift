import ActaCLI
import Arguments
import FileTools
import SQLiteStore

/// Which file a tool of ours works on.
enum LogFile {
  static let operand = Operand("file", help: "The database file of a log.")

  static let option = Option(
    "data", takes: .fileName, valueName: "file", default: "acta.db",
    help: "The database file of a log.")

  static func open(_ invocation: Invocation) throws -> StoredLog {
    try StoredLog(reading: invocation.operands[0])
  }
}
