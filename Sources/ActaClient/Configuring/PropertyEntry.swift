import ClientCore
import KafkaConfig

/// One line of a table of properties: from it come parsing, checks and documentation.
struct PropertyEntry<Configuration>: Sendable {
  typealias Apply = @Sendable (inout Configuration, ConfigValue) throws(ClientFailure) -> Void

  let name: String
  let summary: String
  let role: ConfigurationProperty.Role
  let type: ConfigType
  let check: ConfigCheck
  /// `nil`: none.
  let defaultValue: @Sendable (Configuration) -> String?
  let apply: Apply
}

// MARK: Settings by the type of the property that has them

extension PropertyEntry {
  static func bool(
    _ name: String, _ path: any WritableKeyPath<Configuration, Bool> & Sendable, _ summary: String
  ) -> Self {
    Self(
      name: name, summary: summary, role: .effective, type: .boolean, check: .none,
      defaultValue: { "\($0[keyPath: path])" },
      apply: { configuration, value in
        if case .boolean(let value) = value { configuration[keyPath: path] = value }
      })
  }

  /// - Parameter type: Kafka's, whose limits hold.
  static func number<Value: FixedWidthInteger & SendableMetatype>(
    _ name: String, _ type: ConfigType,
    _ path: any WritableKeyPath<Configuration, Value> & Sendable,
    _ check: ConfigCheck, _ summary: String
  ) -> Self {
    Self(
      name: name, summary: summary, role: .effective, type: type, check: check,
      defaultValue: { "\($0[keyPath: path])" },
      apply: { configuration, value in
        if case .integer(let value) = value {
          configuration[keyPath: path] = Value(clamping: value)
        }
      })
  }

  static func text(
    _ name: String, _ path: any WritableKeyPath<Configuration, String> & Sendable, _ summary: String
  ) -> Self {
    Self(
      name: name, summary: summary, role: .effective, type: .string, check: .none,
      defaultValue: { $0[keyPath: path] },
      apply: { configuration, value in
        if case .string(let value) = value { configuration[keyPath: path] = value }
      })
  }

  static func optionalText(
    _ name: String, _ path: any WritableKeyPath<Configuration, String?> & Sendable,
    _ check: ConfigCheck, _ summary: String
  ) -> Self {
    Self(
      name: name, summary: summary, role: .effective, type: .string, check: check,
      defaultValue: { $0[keyPath: path] },
      apply: { configuration, value in
        if case .string(let value) = value { configuration[keyPath: path] = value }
      })
  }

  static func list(
    _ name: String, _ path: any WritableKeyPath<Configuration, [String]> & Sendable,
    _ check: ConfigCheck, _ summary: String
  ) -> Self {
    Self(
      name: name, summary: summary, role: .effective, type: .list, check: check,
      defaultValue: { $0[keyPath: path].joined(separator: ",") },
      apply: { configuration, value in
        if case .list(let value) = value { configuration[keyPath: path] = value }
      })
  }

  /// One of several words.
  ///
  /// - Parameter ignoringCase: The words are written in small letters then.
  static func choice<Value: Equatable & Sendable>(
    _ name: String, _ path: any WritableKeyPath<Configuration, Value> & Sendable,
    _ words: [(word: String, value: Value)], ignoringCase: Bool = false, _ summary: String
  ) -> Self {
    let all = words.map(\.word)
    return Self(
      name: name, summary: summary, role: .effective, type: .string,
      check: ignoringCase ? .oneOfIgnoringCase(all) : .oneOf(all),
      defaultValue: { configuration in
        words.first { $0.value == configuration[keyPath: path] }?.word
      },
      apply: { configuration, value in
        guard case .string(let text) = value else { return }
        let word = ignoringCase ? text.lowercased() : text
        if let found = words.first(where: { $0.word == word }) {
          configuration[keyPath: path] = found.value
        }
      })
  }

  /// A value of a form of its own.
  static func own(
    _ name: String, _ type: ConfigType, _ check: ConfigCheck = .none, default text: String?,
    _ summary: String, _ apply: @escaping Apply
  ) -> Self {
    Self(
      name: name, summary: summary, role: .effective, type: type, check: check,
      defaultValue: { _ in text }, apply: apply)
  }

  // MARK: What is known and does nothing

  /// A setting with one value, because the others are not there: to pass them over would be to do something else
  /// than what was asked for.
  static func only(_ value: String, _ name: String, _ summary: String) -> Self {
    Self(
      name: name, summary: summary, role: .fixed, type: .string, check: .none,
      defaultValue: { _ in value },
      apply: { _, given throws(ClientFailure) in
        guard case .string(let text) = given, text.lowercased() != value.lowercased() else {
          return
        }
        throw ClientFailure(
          .invalidArgument,
          "Invalid value \(text) for configuration \(name): \(summary) Only \(value) is possible.")
      })
  }

  static func unused(_ name: String, _ summary: String) -> Self {
    Self(
      name: name, summary: summary, role: .withoutEffect, type: .string, check: .none,
      defaultValue: { _ in nil }, apply: { _, _ in })
  }
}
