/// PEM whose line ends have been lost, as in a properties file: blanks, or the two characters `\n`, stand for them.
enum PEMText {
  /// The same with its lines; what is no PEM stays as it is, and is refused by whoever reads it.
  static func withLines(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var rest = unescaped(text)[...]
    while let block = takeBlock(&rest) {
      result += dashes + begin + block.label + dashes + newline
      result += wrapped(block.body)
      result += dashes + end + block.label + dashes + newline
    }
    return result.isEmpty ? Array(text.utf8) : result
  }

  private static let dashes = Array("-----".utf8)
  private static let begin = Array("BEGIN ".utf8)
  private static let end = Array("END ".utf8)
  private static let newline = [UInt8(ascii: "\n")]

  private static func unescaped(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8 {
      if isEscaped {
        isEscaped = false
        result.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        result.append(byte)
      }
    }
    return result
  }

  /// `-----BEGIN label-----body-----END label-----`
  private static func takeBlock(
    _ rest: inout ArraySlice<UInt8>
  ) -> (label: [UInt8], body: [UInt8])? {
    guard skip(past: dashes + begin, in: &rest), let label = take(upTo: dashes, in: &rest),
      let body = take(upTo: dashes + end + label + dashes, in: &rest)
    else { return nil }
    return (label, body)
  }

  private static func skip(past mark: [UInt8], in rest: inout ArraySlice<UInt8>) -> Bool {
    take(upTo: mark, in: &rest) != nil
  }

  private static func take(upTo mark: [UInt8], in rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    var index = rest.startIndex
    while index + mark.count <= rest.endIndex {
      if rest[index..<index + mark.count].elementsEqual(mark) {
        let taken = Array(rest[..<index])
        rest = rest[(index + mark.count)...]
        return taken
      }
      index += 1
    }
    return nil
  }

  /// Without blanks, 64 characters a line.
  private static func wrapped(_ body: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for (index, byte) in body.filter({ $0 > UInt8(ascii: " ") }).enumerated() {
      if index > 0, index % 64 == 0 { result += newline }
      result.append(byte)
    }
    return result + newline
  }
}
