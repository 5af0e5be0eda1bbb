import Arguments

/// An option that Kafka has renamed, under both of its names.
struct RenamedOption<Value: Sendable>: Sendable {
  let current: Option<Value>
  let old: Option<Value>

  var both: [any DeclaredOption] { [current, old] }

  private var names: (current: String, old: String) {
    (current.declaration.name, old.declaration.name)
  }

  /// Only one of the names may be used.
  func exclusion(oldFirst: Bool = false) -> Rule {
    let (first, second) = oldFirst ? (names.old, names.current) : (names.current, names.old)
    let both = both
    return .that { given in
      given.count(of: both) == 2
        ? "Options --\(first) and --\(second) cannot be specified together." : nil
    }
  }

  func value(_ invocation: Invocation) -> Value {
    invocation.given.contains(old) ? invocation[old] : invocation[current]
  }

  /// What Kafka says to whoever uses the old name; on standard output, as Kafka does.
  func notify(_ invocation: Invocation, _ console: Console, as start: String) {
    guard invocation.given.contains(old) else { return }
    console.output.write(
      "\(start) --\(names.old) is deprecated and will be removed in a future version. "
        + "Use --\(names.current) instead.\n")
  }
}
