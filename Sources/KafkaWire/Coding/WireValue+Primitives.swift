import ActaModel
package import Bytes

extension Int8: WireElement {}
extension Int16: WireElement {}
extension Int32: WireElement {}
extension Int64: WireElement {}
extension UInt16: WireElement {}

/// `bytes` has the layout of an array of bytes, but is coded in one piece.
extension UInt8: WireElement {
  package static func codeArray<C: FieldCoder>(
    _ name: StaticString, _ value: inout [UInt8]?, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.bytes(name, &value, nullable: nullable)
  }
}

extension Bool: WireValue {
  package mutating func code<C: FieldCoder>(
    _ name: StaticString, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.boolean(name, &self)
  }
}

extension ErrorCode: WireValue {
  package mutating func code<C: FieldCoder>(
    _ name: StaticString, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    var value = rawValue
    try coder.integer(name, &value)
    self = ErrorCode(rawValue: value)
  }
}

extension TopicID: WireValue {
  package mutating func code<C: FieldCoder>(
    _ name: StaticString, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.topicID(name, &self)
  }
}

extension String: WireElement, WireNullable {
  package static func minimumSize(isFlexible: Bool) -> Int { isFlexible ? 1 : 2 }

  package static func codeNullable<C: FieldCoder>(
    _ name: StaticString, _ value: inout String?, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.string(name, &value, nullable: nullable)
  }
}

extension ByteSlice: WireNullable {
  package static func codeNullable<C: FieldCoder>(
    _ name: StaticString, _ value: inout ByteSlice?, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.slice(name, &value, nullable: nullable)
  }
}

extension Array: WireValue, WireNullable where Element: WireElement {
  package static func codeNullable<C: FieldCoder>(
    _ name: StaticString, _ value: inout [Element]?, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try Element.codeArray(name, &value, nullable: nullable, by: &coder)
  }
}

extension Optional: WireValue where Wrapped: WireNullable {
  package mutating func code<C: FieldCoder>(
    _ name: StaticString, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try Wrapped.codeNullable(name, &self, nullable: nullable, by: &coder)
  }
}
