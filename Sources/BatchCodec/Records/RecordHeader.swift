/// A header with bytes of its own, for clients, tools and tests.
package struct RecordHeader: Hashable, Sendable {
  /// UTF-8 from nearly every producer.
  package let nameBytes: [UInt8]
  /// `nil` is null; an empty value is not.
  package var value: [UInt8]?

  package init(name: String, value: [UInt8]?) {
    self.init(nameBytes: Array(name.utf8), value: value)
  }

  package init(nameBytes: [UInt8], value: [UInt8]?) {
    self.nameBytes = nameBytes
    self.value = value
  }

  /// For people: what is not UTF-8 is shown as U+FFFD.
  package var name: String { String(decoding: nameBytes, as: UTF8.self) }
}
