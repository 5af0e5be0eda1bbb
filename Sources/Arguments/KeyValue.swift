/// What is written as `key=value`: the key is not empty, the value may be, and may itself contain
/// equals signs.
package struct KeyValue: Hashable, Sendable {
  package let key: String
  package let value: String

  package init?(_ text: String) {
    guard let separator = text.utf8.firstIndex(of: UInt8(ascii: "=")), separator != text.startIndex
    else { return nil }
    key = String(text[..<separator])
    value = String(text[text.utf8.index(after: separator)...])
  }
}
