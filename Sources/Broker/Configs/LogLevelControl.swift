import ActaModel

/// The levels of loggers, as clients see and set them: a seam to whoever logs. They are not kept: the
/// next start begins with what the command line says.
package struct LogLevelControl: Sendable {
  /// Every logger with the name of its level.
  package let levels: @Sendable () -> [String: String]
  /// `nil` takes a level back.
  package let set: @Sendable (_ logger: String, _ level: String?) -> Void

  package init(
    levels: @escaping @Sendable () -> [String: String],
    set: @escaping @Sendable (_ logger: String, _ level: String?) -> Void
  ) {
    self.levels = levels
    self.set = set
  }

  /// Of a broker whose log cannot be changed.
  package static let none = LogLevelControl(levels: { [:] }, set: { _, _ in })
}

extension LogLevelControl {
  static let root = "root"
  private static let names = ["DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"]

  func alter(
    _ alteration: ConfigAlteration, node: Int32, isOnlyAsked: Bool
  ) throws(ProtocolError) {
    guard let id = Int32(alteration.name) else {
      throw ProtocolError(
        .invalidRequest, "Node id must be an integer, but it is: \(alteration.name)")
    }
    guard id == node else {
      throw ProtocolError(
        .invalidRequest, "Unexpected node id. Expected \(node), but received \(id)")
    }
    let known = levels()
    for step in alteration.steps { try check(step, known) }
    if isOnlyAsked { return }
    for step in alteration.steps {
      set(step.name, step.operation == ConfigAlteration.Operation.set.rawValue ? step.value : nil)
    }
  }

  private func check(
    _ step: ConfigAlteration.Step, _ known: [String: String]
  ) throws(ProtocolError) {
    switch ConfigAlteration.Operation(rawValue: step.operation) {
    case .set:
      try checkExistence(of: step.name, known)
      let level = step.value ?? ""
      guard Self.names.contains(level) else {
        throw ProtocolError(
          .invalidConfig,
          "Cannot set the log level of \(step.name) to \(level) as it is not a supported log level."
            + " Valid log levels are \(Self.names.joined(separator: ", "))")
      }
    case .delete:
      try checkExistence(of: step.name, known)
      guard step.name != Self.root else {
        throw ProtocolError(
          .invalidRequest, "Removing the log level of the root logger is not allowed")
      }
    case .append?, .subtract?:
      let name = ConfigAlteration.Operation(rawValue: step.operation)?.name ?? ""
      throw ProtocolError(
        .invalidRequest, "\(name) operation is not allowed for the BROKER_LOGGER resource")
    case nil:
      throw ProtocolError(
        .invalidRequest,
        "Unknown operation type \(step.operation) is not allowed for the BROKER_LOGGER resource")
    }
  }

  private func checkExistence(
    of logger: String, _ known: [String: String]
  ) throws(ProtocolError) {
    guard known[logger] == nil else { return }
    throw ProtocolError(.invalidConfig, "Logger \(logger) does not exist!")
  }
}
