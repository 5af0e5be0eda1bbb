import Testing

@testable import ActaTools

@Suite("Lines of an input") struct InputLinesTests {
  /// What lines come out when the input comes in pieces.
  private func lines(_ pieces: [String], maxLength: Int = 1_000) throws -> [String] {
    var rest = pieces.map { Array($0.utf8) }
    var lines = InputLines(maxLength: maxLength) { buffer in
      guard !rest.isEmpty else { return 0 }
      let piece = rest[0].prefix(buffer.count)
      rest[0].removeFirst(piece.count)
      if rest[0].isEmpty { rest.removeFirst() }
      buffer.copyBytes(from: piece)
      return piece.count
    }
    var found: [String] = []
    while let line = try lines.next() {
      switch line {
      case .whole(let bytes): found.append(String(decoding: bytes, as: UTF8.self))
      case .tooLong(let count): found.append("<\(count)>")
      }
    }
    return found
  }

  @Test(
    "a line ends with a line feed, a carriage return, both, or the input",
    arguments: [
      ("a\nb\n", ["a", "b"]), ("a\rb\r", ["a", "b"]), ("a\r\nb", ["a", "b"]), ("", []),
      ("\n", [""]), ("\n\r\r\n\n", ["", "", "", ""]), ("a\n\rb", ["a", "", "b"]),
    ])
  func ends(_ text: String, _ expected: [String]) throws {
    #expect(try lines([text]) == expected)
  }

  @Test("however it is cut into pieces, the lines are the same")
  func pieces() throws {
    let text = "one\r\ntwo\rthree\n\nfive\r\n\r\nlast"
    let whole = try lines([text])
    #expect(whole == ["one", "two", "three", "", "five", "", "last"])
    for first in 1..<text.utf8.count {
      for second in first..<text.utf8.count {
        let bytes = Array(text.utf8)
        let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
          .filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
        #expect(try lines(pieces) == whole)
      }
    }
  }

  @Test("a carriage return at the end of a piece ends its line without waiting for the next piece")
  func promptness() throws {
    var reads = 0
    var lines = InputLines(maxLength: 10) { buffer in
      reads += 1
      buffer.copyBytes(from: "a\r".utf8)
      return 2
    }
    _ = try lines.next()
    #expect(reads == 1)
  }

  @Test("a line that is too long is counted and not kept; those around it are whole")
  func tooLong() throws {
    let long = String(repeating: "x", count: 600_000)
    #expect(try lines(["a\n", long, long, "\nb\n"], maxLength: 1_000) == ["a", "<1200000>", "b"])
    #expect(try lines(["12345\n123456\n1234567"], maxLength: 5) == ["12345", "<6>", "<7>"])
  }

  @Test("a line of several blocks is whole")
  func blocks() throws {
    let long = String(repeating: "x", count: 200_000)
    let found = try lines([long, long, long, "\r\nend"], maxLength: 1 << 20)
    #expect(found.map(\.utf8.count) == [600_000, 3])
  }
}
