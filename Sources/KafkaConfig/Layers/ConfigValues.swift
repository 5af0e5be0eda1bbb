/// Values by key, read by the type that the table gives them. A name that is not in the table, or
/// has another type, is a programmer's error.
struct ConfigValues: Sendable {
  let values: [String: ConfigValue]

  func long(_ name: String) -> Int64 {
    guard case .integer(let value) = values[name] else { wrongType(name) }
    return value
  }

  func int(_ name: String) -> Int { Int(long(name)) }

  func double(_ name: String) -> Double {
    guard case .double(let value) = values[name] else { wrongType(name) }
    return value
  }

  func boolean(_ name: String) -> Bool {
    guard case .boolean(let value) = values[name] else { wrongType(name) }
    return value
  }

  func string(_ name: String) -> String? {
    guard let value = values[name] else { return nil }
    guard case .string(let text) = value else { wrongType(name) }
    return text
  }

  func memoryAmount(_ name: String) -> MemoryAmount {
    guard let amount = string(name).flatMap(MemoryAmount.init) else { wrongType(name) }
    return amount
  }

  func list(_ name: String) -> [String]? {
    guard let value = values[name] else { return nil }
    guard case .list(let elements) = value else { wrongType(name) }
    return elements
  }

  private func wrongType(_ name: String) -> Never {
    preconditionFailure("\(name) is \(values[name].map { "\($0)" } ?? "without a value")")
  }
}
