/// A change of one key of an entity.
package struct ConfigChange: Hashable, Sendable {
  package let name: String
  /// `nil`: it was not set.
  package let before: String?
  /// `nil`: it is not set any more.
  package let after: String?

  package init(_ name: String, from before: String?, to after: String?) {
    self.name = name
    self.before = before
    self.after = after
  }

  /// What leads from one configuration to another, by key.
  package static func all(
    from before: [String: String], to after: [String: String]
  ) -> [ConfigChange] {
    Set(before.keys).union(after.keys).sorted().compactMap { name in
      before[name] == after[name] ? nil : ConfigChange(name, from: before[name], to: after[name])
    }
  }
}
