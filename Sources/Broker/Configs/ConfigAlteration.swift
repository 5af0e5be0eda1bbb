import ActaModel
import KafkaConfig

/// What a request wants of one resource's configuration, and what becomes of it: the rules that do not
/// depend on what kind of resource it is.
struct ConfigAlteration: Sendable {
  enum Operation: Int8, Sendable {
    case set = 0
    case delete = 1
    case append = 2
    case subtract = 3

    /// As Kafka's messages have it.
    var name: String { "\(self)".uppercased() }
  }

  struct Step: Sendable {
    let name: String
    /// As the request has it.
    let operation: Int8
    let value: String?
  }

  let kind: Int8
  let name: String
  let steps: [Step]
  /// What is set and not named goes.
  let replacesAll: Bool

  var key: ConfigResourceKey { ConfigResourceKey(kind, name) }

  /// What no request may do, whatever it is about.
  func checkForm() throws(ProtocolError) {
    guard Set(steps.map { ExactText($0.name) }).count == steps.count else {
      throw ProtocolError(.invalidRequest, "Error due to duplicate config keys")
    }
    let nulls = steps.filter {
      $0.value == nil && $0.operation != Operation.delete.rawValue
    }
    guard nulls.isEmpty else {
      throw ProtocolError(
        .invalidRequest,
        "Null value not supported for : " + nulls.map(\.name).joined(separator: ", "))
    }
  }

  /// What the configuration is afterwards. The value that a list is appended to is the one that is set,
  /// else the key's own default, as in Kafka.
  ///
  /// - Parameter keys: Those that the resource knows.
  func result(
    from present: [String: String], _ keys: [String: ConfigKey]
  ) throws(ProtocolError) -> [String: String] {
    var result = replacesAll ? [:] : present
    for step in steps {
      guard let operation = Operation(rawValue: step.operation) else {
        throw ProtocolError(.invalidRequest, "Unknown operations type \(step.operation)")
      }
      let value = step.value ?? ""
      switch operation {
      case .set: result[step.name] = value
      case .delete: result[step.name] = nil
      case .append, .subtract:
        guard let key = keys[step.name], key.type == .list else {
          throw refusal(of: operation, to: step.name, isKnown: keys[step.name] != nil)
        }
        let before = Self.elements(of: result[step.name] ?? key.defaultValue?.description ?? "")
        result[step.name] = Self.list(before, operation, Self.elements(of: value))
      }
    }
    return result
  }

  private func refusal(
    of operation: Operation, to key: String, isKnown: Bool
  ) -> ProtocolError {
    guard kind == ConfigResourceKind.broker.rawValue else {
      return ProtocolError(
        .invalidConfig, "Can't \(operation.name) to key \(key) because its type is not LIST.")
    }
    return ProtocolError(
      .invalidConfig,
      isKnown
        ? "Config value \(operation) is not allowed for config key: \(key)"
        : "Unknown config name: \(key)")
  }

  private static func elements(of text: String) -> [String] {
    text.split(separator: ",").map(String.init)
  }

  private static func list(
    _ before: [String], _ operation: Operation, _ named: [String]
  ) -> String {
    var list = before
    switch operation {
    case .append: for element in named where !list.contains(element) { list.append(element) }
    default: list.removeAll { named.contains($0) }
    }
    return list.joined(separator: ",")
  }
}
