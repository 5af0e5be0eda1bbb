/// The value of `sasl.jaas.config`: a login module of Java's with its options, as Kafka reads it. Here only the
/// options count.
package struct JAASEntry: Sendable {
  package let module: String
  package let options: [String: String]

  /// What is wrong with a text, in Kafka's words; they have no value in them.
  package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
  }

  private static let flags = ["required", "requisite", "sufficient", "optional"]

  package init(_ text: String) throws(Malformed) {
    var words = JAASWords(text)
    var entries: [Self] = []
    while let first = words.next() {
      entries.append(try Self.rest(of: first.text ?? "", &words))
    }
    guard let entry = entries.first else {
      throw Malformed(description: "Login module not specified in JAAS config")
    }
    guard entries.count == 1 else {
      throw Malformed(
        description:
          "JAAS config property contains \(entries.count) login modules, should be 1 module")
    }
    self = entry
  }

  private init(module: String, options: [String: String]) {
    self.module = module
    self.options = options
  }

  private static func rest(of module: String, _ words: inout JAASWords) throws(Malformed) -> Self {
    guard let flag = words.next() else {
      throw Malformed(description: "Login module control flag not specified in JAAS config")
    }
    guard let text = flag.text, flags.contains(text.lowercased()) else {
      throw Malformed(description: "Invalid login module control flag in JAAS config")
    }
    var options: [String: String] = [:]
    while let word = words.next(), word != .sign(UInt8(ascii: ";")) {
      let key = word.text ?? ""
      guard words.next() == .sign(UInt8(ascii: "=")), let value = words.next()?.text else {
        throw Malformed(description: "Value not specified for key '\(key)' in JAAS config")
      }
      options[key] = value
    }
    guard words.last == .sign(UInt8(ascii: ";")) else {
      throw Malformed(description: "JAAS config entry not terminated by semi-colon")
    }
    return Self(module: module, options: options)
  }
}

/// The words of a JAAS text, as Java's `StreamTokenizer` cuts them: words of letters, digits, `.`, `-`, `_` and
/// `$`, quoted texts with escapes, numbers (which are no words), and signs; comments are left out.
struct JAASWords {
  enum Word: Equatable {
    case text(String)
    case number
    case sign(UInt8)

    var text: String? { if case .text(let text) = self { text } else { nil } }
  }

  private let bytes: [UInt8]
  private var index = 0
  /// What `next` has returned last.
  private(set) var last: Word?

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func next() -> Word? {
    skipBlanks()
    last = byte.map { take($0) }
    return last
  }

  private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }
  private var following: UInt8? { index + 1 < bytes.count ? bytes[index + 1] : nil }

  private mutating func take(_ first: UInt8) -> Word {
    switch first {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(quoted(by: first))
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): return number()
    case UInt8(ascii: "-") where following.map(Self.isOfNumber) ?? false: return number()
    case _ where first != UInt8(ascii: "-") && Self.isOfWord(first):
      let start = index
      while let byte, Self.isOfWord(byte) { index += 1 }
      return .text(String(decoding: bytes[start..<index], as: UTF8.self))
    default:
      index += 1
      return .sign(first)
    }
  }

  private mutating func number() -> Word {
    index += 1
    while let byte, Self.isOfNumber(byte) { index += 1 }
    return .number
  }

  private mutating func quoted(by quote: UInt8) -> String {
    var result: [UInt8] = []
    index += 1
    // A line's end ends what is quoted, too.
    while let byte, byte != quote, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
      index += 1
      if byte == UInt8(ascii: "\\") {
        escaped(into: &result)
      } else {
        result.append(byte)
      }
    }
    if byte == quote { index += 1 }
    return String(decoding: result, as: UTF8.self)
  }

  private mutating func escaped(into result: inout [UInt8]) {
    guard let byte else { return }
    index += 1
    switch byte {
    case UInt8(ascii: "a"): result.append(7)
    case UInt8(ascii: "b"): result.append(8)
    case UInt8(ascii: "f"): result.append(12)
    case UInt8(ascii: "n"): result.append(10)
    case UInt8(ascii: "r"): result.append(13)
    case UInt8(ascii: "t"): result.append(9)
    case UInt8(ascii: "v"): result.append(11)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      index -= 1
      result += String(Unicode.Scalar(octal())).utf8
    default: result.append(byte)
    }
  }

  /// Up to three digits, of which a third only follows one up to 3.
  private mutating func octal() -> UInt8 {
    var value: UInt8 = 0
    let digits = byte.map { $0 <= UInt8(ascii: "3") } ?? false ? 3 : 2
    for _ in 0..<digits {
      guard let byte, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) else { break }
      value = value << 3 | (byte - UInt8(ascii: "0"))
      index += 1
    }
    return value
  }

  // MARK: What lies between

  private mutating func skipBlanks() {
    while let byte {
      if byte <= UInt8(ascii: " ") {
        index += 1
      } else if byte == UInt8(ascii: "/") {
        skipComment()
      } else {
        return
      }
    }
  }

  /// `/* … */`; a slash with anything else behind it is a comment up to the line's end, as `//` is.
  private mutating func skipComment() {
    let isBlock = following == UInt8(ascii: "*")
    index += isBlock ? 2 : 1
    while let byte {
      if isBlock, byte == UInt8(ascii: "*"), following == UInt8(ascii: "/") {
        index += 2
        return
      }
      if !isBlock, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return }
      index += 1
    }
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".")
  }

  private static func isOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "$"), 128...255:
      true
    default: isOfNumber(byte)
    }
  }
}
