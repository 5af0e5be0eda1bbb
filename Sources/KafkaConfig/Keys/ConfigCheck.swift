/// What a value must satisfy beyond its type.
package enum ConfigCheck: Hashable, Sendable {
  case none
  case atLeast(Int64)
  case within(ClosedRange<Int64>)
  case fraction
  case oneOf([String])
  /// As `oneOf`, whatever the case of the letters.
  case oneOfIgnoringCase([String])
  case nonEmpty
  /// A list without duplicates, of these elements only; it may be empty where that has a meaning.
  case subset(of: [String], mayBeEmpty: Bool)
  /// A list without duplicates and empty elements.
  case distinct
  /// A list without empty elements.
  case nonEmptyElements
  case gzipLevel
  /// `earliest`, `latest`, or `by_duration:` and a duration as ISO 8601 writes it.
  case offsetReset
  /// `*`, or pairs of partition and broker ids.
  case throttledReplicas
  /// Bytes, or a percentage.
  case memoryAmount
}

extension ConfigCheck {
  package func check(_ value: ConfigValue, of name: String) throws(ConfigError) {
    switch value {
    case .integer(let number): try check(number, of: name)
    case .double(let number): try check(number, of: name)
    case .string(let text): try check(text, of: name)
    case .list(let elements): try check(elements, of: name)
    case .boolean: break
    }
  }

  private func check(_ number: Int64, of name: String) throws(ConfigError) {
    func refusal(_ reason: String) -> ConfigError {
      .invalidValue(String(number), name: name, reason: reason)
    }
    switch self {
    case .atLeast(let minimum) where number < minimum:
      throw refusal("Value must be at least \(minimum)")
    case .within(let range) where number < range.lowerBound:
      throw refusal("Value must be at least \(range.lowerBound)")
    case .within(let range) where number > range.upperBound:
      throw refusal("Value must be no more than \(range.upperBound)")
    case .gzipLevel where number != -1 && !(1...9).contains(number):
      throw refusal("Value must be between 1 and 9 or equal to -1")
    default: break
    }
  }

  private func check(_ number: Double, of name: String) throws(ConfigError) {
    guard self == .fraction, !(0...1).contains(number) else { return }
    throw .invalidValue(
      String(number), name: name,
      reason: number < 0 ? "Value must be at least 0" : "Value must be no more than 1")
  }

  private func check(_ text: String, of name: String) throws(ConfigError) {
    switch self {
    case .oneOf(let choices) where !choices.contains(text):
      throw .invalidValue(text, name: name, reason: Self.oneOfSentence(choices))
    case .oneOfIgnoringCase(let choices) where !choices.contains(text.lowercased()):
      throw .invalidValue(
        text, name: name,
        reason: "String must be one of (case insensitive): "
          + choices.map { $0.uppercased() }.joined(separator: ", "))
    case .offsetReset where !Self.isOffsetReset(text):
      throw .invalidValue(
        text, name: name,
        reason: "Invalid value `\(text)` for configuration \(name). The value must be either"
          + " 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.")
    case .memoryAmount where MemoryAmount(text) == nil:
      throw .invalidValue(
        text, name: name, reason: "Expected bytes, or a part of the memory such as 25%")
    case .nonEmpty where text.isEmpty:
      throw .invalidValue(text, name: name, reason: "String must be non-empty")
    default: break
    }
  }

  private func check(_ elements: [String], of name: String) throws(ConfigError) {
    switch self {
    case .subset(let choices, let mayBeEmpty):
      if elements.isEmpty, !mayBeEmpty {
        throw .conflict(
          "Configuration '\(name)' must not be empty. Valid values include: \(choices)")
      }
      try Self.checkDistinct(elements, of: name)
      for element in elements where !choices.contains(element) {
        throw .invalidValue(element, name: name, reason: Self.oneOfSentence(choices))
      }
    case .distinct:
      try Self.checkDistinct(elements, of: name)
    case .nonEmptyElements:
      try Self.checkNonEmpty(elements, of: name)
    case .throttledReplicas:
      guard elements == ["*"] || elements.allSatisfy(Self.isReplica) else {
        throw .invalidValue(
          ConfigValue.list(elements).inSentence, name: name,
          reason: "\(name) must be the literal '*' or a list of replicas in the following format: "
            + "[partitionId]:[brokerId],[partitionId]:[brokerId],...")
      }
    default: break
    }
  }

  private static func checkDistinct(_ elements: [String], of name: String) throws(ConfigError) {
    guard Set(elements).count == elements.count else {
      throw .conflict("Configuration '\(name)' values must not be duplicated.")
    }
    try checkNonEmpty(elements, of: name)
  }

  private static func checkNonEmpty(_ elements: [String], of name: String) throws(ConfigError) {
    guard !elements.contains("") else {
      throw .conflict("Configuration '\(name)' values must not be empty.")
    }
  }

  private static func isOffsetReset(_ text: String) -> Bool {
    if text == "earliest" || text == "latest" { return true }
    let prefix = "by_duration:"
    guard text.hasPrefix(prefix) else { return false }
    let duration = text.dropFirst(prefix.count)
    return duration.hasPrefix("P") && duration.count > 2
      && duration.utf8.dropFirst().allSatisfy { "0123456789DTHMS.".utf8.contains($0) }
  }

  private static func isReplica(_ element: String) -> Bool {
    let numbers = element.split(separator: ":", omittingEmptySubsequences: false)
    return numbers.count == 2 && numbers.allSatisfy { UInt32($0) != nil }
  }

  private static func oneOfSentence(_ choices: [String]) -> String {
    "String must be one of: " + choices.joined(separator: ", ")
  }
}
