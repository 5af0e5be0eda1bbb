/// A JSON text (RFC 8259) as a value. Numbers stay text, so that none is rounded before it is known what it is for.
package indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  /// In the order of the text.
  case object([(key: String, value: JSONValue)])

  /// How deep a text may be nested: whoever reads it does so by recursion.
  static let maxDepth = 512

  /// For sentences.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
