import NamePatterns

/// A pattern over topics as Kafka's tools take it: a regular expression that the whole name has to match; a comma
/// is as good as a bar, blanks and quotation marks around it do not count.
///
/// It is RE2's syntax, and not Java's: without look-around and back-references, and in time that is bounded.
package struct NamePatternText: Sendable {
  private let pattern: String

  /// - Throws: `ToolError` in Kafka's words.
  package init(_ text: String) throws(ToolError) {
    let kept = text.unicodeScalars.filter { $0 != " " }.map { $0 == "," ? "|" : $0 }
    var trimmed = kept[...]
    while let first = trimmed.first, first == "\"" || first == "'" { trimmed.removeFirst() }
    while let last = trimmed.last, last == "\"" || last == "'" { trimmed.removeLast() }
    var pattern = String.UnicodeScalarView()
    pattern.append(contentsOf: trimmed)
    self.pattern = String(pattern)
    guard NamePattern(self.pattern) != nil else {
      throw ToolError("\(self.pattern) is an invalid regex.")
    }
  }

  package func matching(_ names: some Sequence<String>) -> [String] {
    guard let compiled = NamePattern(pattern) else {
      preconditionFailure("'\(pattern)' was a pattern before")
    }
    return names.filter { compiled.matches($0) }
  }
}
