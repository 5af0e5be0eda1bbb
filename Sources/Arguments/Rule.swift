/// Something that options of a command have to do with each other.
package struct Rule: Sendable {
  /// What is wrong; looks only at which options were given, for their values may be wrong.
  let problem: @Sendable (GivenOptions) -> UsageProblem?
  /// Options of which one at most may be given, as usage shows them.
  let alternatives: [OptionDeclaration]
  let isChoiceRequired: Bool

  private init(
    alternatives: [OptionDeclaration] = [], isChoiceRequired: Bool = false,
    problem: @escaping @Sendable (GivenOptions) -> UsageProblem?
  ) {
    self.alternatives = alternatives
    self.isChoiceRequired = isChoiceRequired
    self.problem = problem
  }
}

/// Which options were given.
package struct GivenOptions: Sendable {
  fileprivate let names: Set<String>
  private let valued: Set<String>

  init(_ texts: [String: [String]]) {
    names = Set(texts.keys)
    valued = Set(texts.filter { !$0.value.isEmpty }.keys)
  }

  package func contains(_ option: any DeclaredOption) -> Bool {
    names.contains(option.declaration.name)
  }

  package func contains(name: String) -> Bool { names.contains(name) }

  /// Whether an option whose value may be left out has one.
  package func hasValue(_ option: any DeclaredOption) -> Bool {
    valued.contains(option.declaration.name)
  }

  package func count(of options: [any DeclaredOption]) -> Int {
    options.count { contains($0) }
  }
}

extension Rule {
  /// A rule with a sentence of its own.
  ///
  /// - Parameter showsOptions: Whether they are listed behind it, where the dialect does that.
  package static func that(
    showsOptions: Bool = true, _ sentence: @escaping @Sendable (GivenOptions) -> String?
  ) -> Rule {
    Rule { sentence($0).map { .rule($0, showsOptions: showsOptions) } }
  }

  /// - Parameter condition: The option beside which the others must stand; `nil` is always.
  package static func requires(
    _ options: [any DeclaredOption], with condition: (any DeclaredOption)? = nil
  ) -> Rule {
    Rule { given in
      if let condition, !given.contains(condition) { return nil }
      return options.first { !given.contains($0) }.map { .missingOption($0.declaration) }
    }
  }

  /// None of the others may stand beside `option`.
  package static func excludes(
    _ option: any DeclaredOption, _ others: [any DeclaredOption]
  ) -> Rule {
    Rule { given in
      guard given.contains(option) else { return nil }
      return others.first { given.contains($0) }
        .map { .excluded(option.declaration, by: $0.declaration) }
    }
  }

  /// One of the options at most, or exactly one.
  package static func oneOf(_ options: [any DeclaredOption], isRequired: Bool) -> Rule {
    let declarations = options.map(\.declaration)
    return Rule(alternatives: declarations, isChoiceRequired: isRequired) { given in
      let there = declarations.filter { given.names.contains($0.name) }
      if there.count > 1 { return .excluded(there[1], by: there[0]) }
      return there.isEmpty && isRequired ? .missingOneOf(declarations) : nil
    }
  }
}
