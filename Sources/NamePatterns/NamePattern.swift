// Patterns over names, for brokers and for clients: RE2, as Kafka's consumer protocol has it.

import CRE2

/// A pattern over names in RE2 syntax: of topics, as members of consumer groups subscribe by them (KIP-848),
/// and of transactional ids (KIP-1152). A name matches if all of it does.
package struct NamePattern: ~Copyable {
  /// What a compiled pattern may take; RE2's own default is 8 MB.
  static let maximumBytes: Int64 = 1 << 20

  private let expression: OpaquePointer

  /// `nil` if the pattern is not valid, or too large once compiled.
  package init?(_ pattern: String) {
    var pattern = pattern
    let compiled = pattern.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters -> OpaquePointer? in
        // An empty string may have no address, and RE2 wants one.
        guard let start = characters.baseAddress else {
          return acta_re2_compile("", 0, Self.maximumBytes)
        }
        return acta_re2_compile(start, characters.count, Self.maximumBytes)
      }
    }
    guard let compiled else { return nil }
    expression = compiled
  }

  deinit { acta_re2_free(expression) }

  package borrowing func matches(_ name: String) -> Bool {
    name.withCString { acta_re2_matches_all(expression, $0, name.utf8.count) == 1 }
  }
}
