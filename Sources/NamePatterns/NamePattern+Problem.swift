import CRE2

extension NamePattern {
  /// Why a pattern is not valid, in the words of Kafka's tools; `nil` if it is.
  package static func problem(of pattern: String) -> String? {
    let code = pattern.withCString { acta_re2_error($0, pattern.utf8.count, maximumBytes) }
    if code == 0 { return nil }
    return reasons[Int(code)] ?? "regexp/syntax: internal error"
  }

  /// By `RE2::ErrorCode`.
  private static let reasons = [
    2: "invalid escape sequence", 3: "invalid character class", 4: "invalid character class range",
    5: "missing closing ]", 6: "missing closing )", 7: "unexpected )",
    8: "trailing backslash at end of expression", 9: "missing argument to repetition operator",
    10: "invalid repeat count", 11: "invalid nested repetition operator",
    12: "invalid or unsupported Perl syntax", 13: "invalid UTF-8", 14: "invalid named capture",
    15: "expression is too large",
  ]
}
