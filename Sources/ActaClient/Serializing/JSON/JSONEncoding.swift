/// Where a value writes itself into a tree.
struct JSONEncoding: Encoder {
  /// A place in the tree, which is filled once.
  final class Place {
    enum Content {
      case nothing
      case value(JSONValue)
      case array([Place])
      case object([(key: String, place: Place)])
    }

    var content = Content.nothing

    /// A value that has written nothing is an empty object, as Foundation has it.
    var value: JSONValue {
      switch content {
      case .nothing: .object([])
      case .value(let value): value
      case .array(let places): .array(places.map(\.value))
      case .object(let members): .object(members.map { ($0.key, $0.place.value) })
      }
    }

    func append() -> Place {
      let place = Place()
      if case .array(var places) = content {
        // In place: two owners would have it copied each time.
        content = .nothing
        places.append(place)
        content = .array(places)
      }
      return place
    }

    func member(_ key: String) -> Place {
      guard case .object(var members) = content else { return Place() }
      if let known = members.first(where: { $0.key == key }) { return known.place }
      let place = Place()
      content = .nothing
      members.append((key, place))
      content = .object(members)
      return place
    }

    var count: Int { if case .array(let places) = content { places.count } else { 0 } }
  }

  let place: Place
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  static func value(of value: some Encodable) throws -> JSONValue {
    let encoding = JSONEncoding(place: Place(), codingPath: [])
    try encoding.encode(value)
    return encoding.place.value
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .object = place.content {} else { place.content = .object([]) }
    return KeyedEncodingContainer(JSONKeyedEncoding(place: place, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .array = place.content {} else { place.content = .array([]) }
    return JSONUnkeyedEncoding(place: place, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

}

extension JSONEncoding: SingleValueEncodingContainer {
  func encodeNil() { place.content = .value(.null) }
  func encode(_ value: Bool) { place.content = .value(.bool(value)) }
  func encode(_ value: String) { place.content = .value(.string(value)) }
  func encode(_ value: Double) throws { try encode(floating: value) }
  func encode(_ value: Float) throws { try encode(floating: value) }
  func encode(_ value: Int) { encode(integer: value) }
  func encode(_ value: Int8) { encode(integer: value) }
  func encode(_ value: Int16) { encode(integer: value) }
  func encode(_ value: Int32) { encode(integer: value) }
  func encode(_ value: Int64) { encode(integer: value) }
  func encode(_ value: Int128) { encode(integer: value) }
  func encode(_ value: UInt) { encode(integer: value) }
  func encode(_ value: UInt8) { encode(integer: value) }
  func encode(_ value: UInt16) { encode(integer: value) }
  func encode(_ value: UInt32) { encode(integer: value) }
  func encode(_ value: UInt64) { encode(integer: value) }
  func encode(_ value: UInt128) { encode(integer: value) }

  private func encode(integer: some FixedWidthInteger) {
    place.content = .value(.number(integer.description))
  }

  private func encode(floating: some LosslessStringConvertible & BinaryFloatingPoint) throws {
    guard let text = JSONNumber.text(of: floating) else {
      throw EncodingError.invalidValue(
        floating,
        EncodingError.Context(
          codingPath: codingPath, debugDescription: "JSON has no number for \(floating)."))
    }
    place.content = .value(.number(text))
  }

  func encode<Value: Encodable>(_ value: Value) throws {
    guard codingPath.count < JSONValue.maxDepth else {
      throw EncodingError.invalidValue(
        value,
        EncodingError.Context(
          codingPath: Array(codingPath.prefix(3)),
          debugDescription: "It is nested deeper than \(JSONValue.maxDepth) levels."))
    }
    // Swift's own types write themselves into the container that they ask for.
    try value.encode(to: self)
  }
}

private struct JSONKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let place: JSONEncoding.Place
  let codingPath: [any CodingKey]

  private func encoding(_ key: any CodingKey) -> JSONEncoding {
    JSONEncoding(place: place.member(key.stringValue), codingPath: codingPath + [key])
  }

  mutating func encodeNil(forKey key: Key) { encoding(key).encodeNil() }

  mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try encoding(key).encode(value)
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> { encoding(key).container(keyedBy: type) }

  mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoding(key).unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder { encoding(JSONKey.parent) }
  mutating func superEncoder(forKey key: Key) -> any Encoder { encoding(key) }
}

private struct JSONUnkeyedEncoding: UnkeyedEncodingContainer {
  let place: JSONEncoding.Place
  let codingPath: [any CodingKey]
  var count: Int { place.count }

  private func next() -> JSONEncoding {
    let key = JSONKey(intValue: place.count)
    return JSONEncoding(place: place.append(), codingPath: codingPath + [key])
  }

  mutating func encodeNil() { next().encodeNil() }
  mutating func encode<Value: Encodable>(_ value: Value) throws { try next().encode(value) }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) -> KeyedEncodingContainer<Nested> { next().container(keyedBy: type) }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    next().unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder { next() }
}
