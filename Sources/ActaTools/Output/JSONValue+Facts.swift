import ActaClient

// What facts are made of, in lines of JSON.
extension JSONValue {
  static func integer(_ value: some FixedWidthInteger) -> JSONValue { .number("\(value)") }

  static func integer(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }

  static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
}
