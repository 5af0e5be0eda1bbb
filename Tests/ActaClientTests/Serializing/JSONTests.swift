import Foundation
import Testing

@testable import ActaClient

@Suite("What is Codable, as JSON") struct JSONTests {
  struct Order: Codable, Hashable, Sendable {
    enum State: String, Codable { case open, paid }

    struct Item: Codable, Hashable {
      var name: String
      var price: Double
      var count: UInt64
    }

    var id: Int64
    var state: State
    var items: [Item]
    var note: String?
    var tags: [String: Bool]
  }

  static let order = Order(
    id: 9_007_199_254_740_993, state: .paid,
    items: [.init(name: "Käse \"alt\"\n", price: 0.1, count: .max)], note: nil, tags: ["a": true])

  private static func text(_ value: some Encodable & Sendable, sorted: Bool = false) throws
    -> String
  {
    var headers: [Header] = []
    let bytes = try JSONSerializer(sortsKeys: sorted).serialize(
      value, topic: "t", headers: &headers)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func read<Value: Decodable & Sendable>(
    _ text: String, as type: Value.Type = Value.self
  ) throws -> Value {
    let bytes = Array(text.utf8)
    return try JSONDeserializer<Value>().deserialize(bytes.span.bytes, topic: "t", headers: [])
  }

  @Test("numbers are exact, strings are escaped, what is missing is left out")
  func writing() throws {
    #expect(
      try Self.text(Self.order)
        == #"{"id":9007199254740993,"state":"paid","items":[{"name":"Käse \"alt\"\n","price":0.1,"count":18446744073709551615}],"tags":{"a":true}}"#
    )
    #expect(try Self.text(["\u{1}\t\r\\/\u{7f}é😀"]) == #"["\u0001\t\r\\/\#u{7f}é😀"]"#)
    #expect(
      try Self.text([Double.pi, -0.0, 1e300, .leastNonzeroMagnitude, 3])
        == "[3.141592653589793,-0.0,1e+300,5e-324,3.0]")
    #expect(try Self.text([Int128.min]) == "[-170141183460469231731687303715884105728]")
    #expect(try Self.text(["b": 1, "a": 2, "c": 3], sorted: true) == #"{"a":2,"b":1,"c":3}"#)
    #expect(try Self.text(Optional<Int>.none) == "null")
    #expect(try Self.text([nil, 1] as [Int?]) == "[null,1]")
    #expect(try Self.text("alone") == #""alone""#)
    #expect(try Self.text([String: Int]()) == "{}")
  }

  @Test("what was written is read back, by this and by Foundation, and the other way round")
  func roundTrip() throws {
    let text = try Self.text(Self.order)
    #expect(try Self.read(text) == Self.order)
    #expect(try JSONDecoder().decode(Order.self, from: Data(text.utf8)) == Self.order)
    let theirs = try JSONEncoder().encode(Self.order)
    #expect(try Self.read(String(decoding: theirs, as: UTF8.self)) == Self.order)
  }

  /// Random trees, which another implementation reads and writes as this one does.
  indirect enum Tree: Codable, Hashable, Sendable {
    case leaf(Int64)
    case number(Double)
    case text(String)
    case branch([Tree])
    case named([String: Tree])

    static func random(_ depth: Int, _ random: inout some RandomNumberGenerator) -> Tree {
      switch Int.random(in: 0...(depth > 0 ? 4 : 2), using: &random) {
      case 0: return .leaf(.random(in: .min ... .max, using: &random))
      case 1:
        return .number(Double(bitPattern: .random(in: 0...0x7fef_ffff_ffff_ffff, using: &random)))
      case 2:
        let scalars = (0..<Int.random(in: 0...8, using: &random)).compactMap { _ in
          Unicode.Scalar(UInt32.random(in: 0...0x10_ffff, using: &random))
        }
        return .text(String(String.UnicodeScalarView(scalars)))
      case 3: return .branch((0..<3).map { _ in Tree.random(depth - 1, &random) })
      default:
        return .named(
          Dictionary(
            (0..<3).map { ("k\($0)\"", Tree.random(depth - 1, &random)) }, uniquingKeysWith: { $1 })
        )
      }
    }
  }

  @Test("random values go there and back, also through Foundation", arguments: 0..<50)
  func randomTrees(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    for _ in 0..<20 {
      let tree = Tree.random(4, &random)
      let text = try Self.text(tree)
      #expect(try Self.read(text) == tree, "seed \(seed)")
      #expect(try JSONDecoder().decode(Tree.self, from: Data(text.utf8)) == tree, "seed \(seed)")
    }
  }

  @Test("integers are read as what they are, or not at all")
  func integers() throws {
    #expect(
      try Self.read("[0,-0,127,-128,1e2,1.0,12.50e1,0.0,1E+1]", as: [Int8].self) == [
        0, 0, 127, -128, 100, 1, 125, 0, 10,
      ])
    #expect(try Self.read("18446744073709551615", as: UInt64.self) == .max)
    #expect(try Self.read("-9223372036854775808", as: Int64.self) == .min)
    for text in ["128", "-129", "1.5", "1e3", "1e99999999999999999999", "0.1", "1e-1"] {
      let error = #expect(throws: DeserializationError.self) {
        try Self.read("[\(text)]", as: [Int8].self)
      }
      #expect(error?.description.contains("[0]") == true)
    }
    #expect(try Self.read("0e99999", as: Int.self) == 0)
  }

  @Test(
    "floating-point numbers are the nearest there are; beyond the type's range they are an error")
  func floatingPoint() throws {
    #expect(
      try Self.read("[0.1,1e-400,-0.0,123456789012345678]", as: [Double].self) == [
        0.1, 0, -0.0, 123_456_789_012_345_680,
      ])
    #expect(throws: DeserializationError.self) { try Self.read("1e400", as: Double.self) }
    #expect(throws: DeserializationError.self) { try Self.read("1e39", as: Float.self) }
    let error = #expect(throws: SerializationError.self) { try Self.text(["a": [1, Double.nan]]) }
    #expect(error?.description.hasPrefix("a[1]: JSON has no number for nan") == true)
  }

  @Test(
    "escapes",
    arguments: [
      (#""\u0041\u00e9\uD83D\ude00""#, "Aé😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
      (#""\u0000""#, "\0"), ("\"\u{7f}\u{2028}\"", "\u{7f}\u{2028}"), (" \r\n\t\"a\" ", "a"),
    ])
  func escapes(_ text: String, _ value: String) throws {
    #expect(try Self.read(text) == value)
  }

  static let malformed = [
    "", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"", "{\"a\":", "{\"a\":1",
    "{\"a\":1,}", "{a:1}",
    "{1:1}", "tru", "trueish", "nul", "NaN", "Infinity", "-", "+1", "01", "1.", ".5", "1e", "1e+",
    "0x10", "1 2",
    "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ud83d\\u0041\"",
    "\"\\ude00\"",
    "\"\n\"", "[1}", "{\"a\" 1}", "'a'", "// x\n1", "\u{feff}1", "[1;2]", "1,", "\"a\" \"b\"",
  ]

  @Test("what is no JSON is said to be none, at the byte where it ends to be", arguments: malformed)
  func refused(_ text: String) {
    let error = #expect(throws: DeserializationError.self) {
      try Self.read(text, as: [String].self)
    }
    #expect(
      error?.description.hasPrefix("Not JSON, at byte ") == true, "\(error?.description ?? "")")
  }

  @Test("a string that is not UTF-8 is no JSON")
  func notUTF8() {
    let bytes: [UInt8] = [0x22, 0xc3, 0x28, 0x22]
    #expect(throws: DeserializationError.self) {
      try JSONDeserializer<String>().deserialize(bytes.span.bytes, topic: "t", headers: [])
    }
  }

  @Test("nesting has a bound, on both ways, and no stack overflows below it")
  func nesting() throws {
    indirect enum Nest: Codable, Sendable {
      case end
      case deeper(Nest)

      init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        self = list.isAtEnd ? .end : .deeper(try list.decode(Nest.self))
      }

      func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        if case .deeper(let nest) = self { try list.encode(nest) }
      }
    }

    let deep = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
    let nest = try Self.read(deep, as: Nest.self)
    #expect(try Self.text(nest) == deep)
    #expect(throws: SerializationError.self) { try Self.text(Nest.deeper(nest)) }
    let error = #expect(throws: DeserializationError.self) {
      try Self.read("[\(deep)]", as: Nest.self)
    }
    #expect(error?.description.contains("deeper than 512 levels") == true)
    #expect(throws: DeserializationError.self) {
      try Self.read(String(repeating: "[", count: 1_000_000), as: Nest.self)
    }
  }

  @Test(
    "what is not as expected is said with the path to it",
    arguments: [
      (
        #"{"id":1,"state":"open","items":[{"name":"a","price":1,"count":-1}],"tags":{}}"#,
        "items[0].count: -1 is no UInt64."
      ),
      (
        #"{"id":1,"state":"open","items":[{"name":"a","count":1}],"tags":{}}"#,
        "items[0]: There is no price."
      ),
      (#"{"id":"1"}"#, "id: A number (Int64) is expected, and there is a string."),
      (#"{"id":null}"#, "id: A number (Int64) is expected, and there is null."),
      (
        #"{"id":1,"state":"open","items":{},"tags":{}}"#,
        "items: An array is expected, and there is an object."
      ),
      (#"{"id":1,"state":"lost"}"#, "state: "),
      ("[]", "the value: An object is expected, and there is an array."),
    ])
  func paths(_ text: String, _ said: String) {
    let error = #expect(throws: DeserializationError.self) { try Self.read(text, as: Order.self) }
    #expect(error?.description.hasPrefix(said) == true, "\(error?.description ?? "")")
  }

  @Test(
    "of a name that comes twice the last one counts; names that nobody asks for are passed over")
  func members() throws {
    #expect(try Self.read(#"{"a":1,"b":2,"a":3}"#, as: [String: Int].self) == ["a": 3, "b": 2])
    struct One: Decodable, Sendable { let a: Int }
    #expect(try Self.read(#"{"x":[{}],"a":1}"#, as: One.self).a == 1)
  }

  @Test("what encodes itself in parts, and through a superclass, is joined")
  func containers() throws {
    class Base: Codable { var base = 1 }
    final class Derived: Base {
      enum Keys: String, CodingKey { case own, list }

      override func encode(to encoder: any Encoder) throws {
        try super.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(2, forKey: .own)
        var list = container.nestedUnkeyedContainer(forKey: .list)
        try list.encode("x")
        var inner = list.nestedContainer(keyedBy: Keys.self)
        try inner.encodeNil(forKey: .own)
        try super.encode(to: list.superEncoder())
      }
    }

    var writer = JSONWriter(sortsKeys: false)
    writer.write(try JSONEncoding.value(of: Derived()))
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == #"{"base":1,"own":2,"list":["x",{"own":null},{"base":1}]}"#)
  }
}

/// Random numbers that a seed repeats.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
