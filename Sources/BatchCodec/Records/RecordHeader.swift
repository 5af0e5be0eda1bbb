/// A header with bytes of its own, for clients, tools and tests.
package struct RecordHeader: Hashable, Sendable {
  package var name: String
  /// `nil` is null; an empty value is not.
  package var value: [UInt8]?

  package init(name: String, value: [UInt8]?) {
    self.name = name
    self.value = value
  }
}
