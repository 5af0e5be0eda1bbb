/// A type that a message's field can have: it knows which of the coder's kinds of values it is.
package protocol WireValue: Equatable, Sendable {
  mutating func code<C: FieldCoder>(
    _ name: StaticString, nullable: Bool, by coder: inout C
  ) throws(WireError)
}

/// A value that can stand in an array.
package protocol WireElement: WireValue {
  init()

  /// The fewest bytes that one element takes. A count is refused when the bytes left cannot hold
  /// that many, before anything is reserved for it.
  static func minimumSize(isFlexible: Bool) -> Int

  /// A whole array of these; bytes take a shorter way than one by one.
  static func codeArray<C: FieldCoder>(
    _ name: StaticString, _ value: inout [Self]?, nullable: Bool, by coder: inout C
  ) throws(WireError)
}

/// A value whose absence the wire can express.
package protocol WireNullable: WireValue {
  init()

  static func codeNullable<C: FieldCoder>(
    _ name: StaticString, _ value: inout Self?, nullable: Bool, by coder: inout C
  ) throws(WireError)
}

/// A message, or a part of one: named fields in wire order.
package protocol WireStruct: WireElement, WireNullable {
  init()

  /// Names every field in wire order, then the tagged ones by ascending tag.
  mutating func fields<C: FieldCoder>(_ coder: inout C) throws(WireError)
}

// MARK: - Defaults

extension WireElement {
  package static func minimumSize(isFlexible: Bool) -> Int { 1 }

  package static func codeArray<C: FieldCoder>(
    _ name: StaticString, _ value: inout [Self]?, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.array(name, &value, nullable: nullable)
  }
}

extension WireNullable {
  /// Codes the value as one that is never null. It is moved out and back, not copied.
  package mutating func code<C: FieldCoder>(
    _ name: StaticString, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    var present: Self? = self
    self = Self()
    try Self.codeNullable(name, &present, nullable: false, by: &coder)
    if let present { self = present }
  }
}

extension WireStruct {
  package mutating func code<C: FieldCoder>(
    _ name: StaticString, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.structure(name, &self)
  }

  package static func codeNullable<C: FieldCoder>(
    _ name: StaticString, _ value: inout Self?, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.nullableStructure(name, &value, nullable: nullable)
  }
}

extension WireValue where Self: FixedWidthInteger {
  package mutating func code<C: FieldCoder>(
    _ name: StaticString, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.integer(name, &self)
  }
}

extension WireElement where Self: FixedWidthInteger {
  package static func minimumSize(isFlexible: Bool) -> Int { MemoryLayout<Self>.size }
}
