/// An option together with the type that its values have. Whoever declares a command keeps its
/// options and asks the `Invocation` for them.
package struct Option<Value: Sendable>: DeclaredOption {
  package let declaration: OptionDeclaration
  /// From the texts that were given, which have been found to be right; `nil` where the option was not.
  let read: @Sendable ([String]?) -> Value
}

/// Options of all types, for a command's list.
package protocol DeclaredOption: Sendable {
  var declaration: OptionDeclaration { get }
}

extension Option {
  /// An option that may be left out.
  ///
  /// - Parameter defaultText: What holds then, if help can say it.
  package init<V>(
    _ name: String, short: Character? = nil, takes type: ValueType<V>, valueName: String? = nil,
    help: String, defaultText: String? = nil, isHidden: Bool = false
  ) where Value == V? {
    declaration = OptionDeclaration(
      name: name, short: short, value: type.declaration(valueName ?? name), help: help,
      defaultText: defaultText, isHidden: isHidden)
    read = { texts in texts?.last.map(type.value) }
  }

  /// An option with a value that holds when it is left out.
  package init(
    _ name: String, short: Character? = nil, takes type: ValueType<Value>,
    valueName: String? = nil, default value: Value, help: String, isHidden: Bool = false
  ) {
    declaration = OptionDeclaration(
      name: name, short: short, value: type.declaration(valueName ?? name), help: help,
      defaultText: type.text(value), isHidden: isHidden)
    read = { texts in texts?.last.map(type.value) ?? value }
  }

  /// An option that must be given.
  package init(
    required name: String, short: Character? = nil, takes type: ValueType<Value>,
    valueName: String? = nil, help: String
  ) {
    declaration = OptionDeclaration(
      name: name, short: short, value: type.declaration(valueName ?? name), help: help,
      defaultText: nil, isRequired: true, isHidden: false)
    read = { texts in
      guard let text = texts?.last else { preconditionFailure("--\(name) was not given") }
      return type.value(text)
    }
  }

  /// An option that may be given several times.
  ///
  /// - Parameter takesSeveralWords: Whether words behind its value that are no options are values too.
  package init<V>(
    repeatable name: String, short: Character? = nil, takes type: ValueType<V>,
    valueName: String? = nil, help: String, isRequired: Bool = false, isHidden: Bool = false,
    takesSeveralWords: Bool = false
  ) where Value == [V] {
    declaration = OptionDeclaration(
      name: name, short: short, value: type.declaration(valueName ?? name), help: help,
      defaultText: nil, isRepeatable: true, isRequired: isRequired, isHidden: isHidden,
      takesSeveralWords: takesSeveralWords)
    read = { texts in (texts ?? []).map(type.value) }
  }

  /// An option without a value.
  package init(
    flag name: String, short: Character? = nil, help: String, isHidden: Bool = false
  ) where Value == Bool {
    declaration = OptionDeclaration(
      name: name, short: short, value: nil, help: help, defaultText: nil, isHidden: isHidden)
    read = { texts in texts != nil }
  }

  /// An option with a value that may be left out.
  package init<V>(
    optionalValue name: String, short: Character? = nil, takes type: ValueType<V>,
    valueName: String? = nil, help: String, isHidden: Bool = false
  ) where Value == Given<V> {
    declaration = OptionDeclaration(
      name: name, short: short, value: type.declaration(valueName ?? name), help: help,
      defaultText: nil, isHidden: isHidden, isValueOptional: true)
    read = { texts in
      guard let texts else { return .absent }
      return texts.last.map { .value(type.value($0)) } ?? .withoutValue
    }
  }
}

/// What became of an option whose value may be left out.
package enum Given<Value: Sendable>: Sendable {
  case absent
  case withoutValue
  case value(Value)
}

extension Given: Equatable where Value: Equatable {}
