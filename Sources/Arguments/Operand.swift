/// What stands on a command line without an option's name before it.
package struct Operand: Hashable, Sendable {
  package let name: String
  package let help: String
  package let isRequired: Bool
  package let isRepeatable: Bool

  package init(
    _ name: String, help: String = "", isRequired: Bool = true, isRepeatable: Bool = false
  ) {
    self.name = name
    self.help = help
    self.isRequired = isRequired
    self.isRepeatable = isRepeatable
  }
}
