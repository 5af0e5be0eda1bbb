import KafkaConfig
import Testing

@Suite("Java properties") struct JavaPropertiesTests {
  private func parse(_ text: String) throws -> [[String]] {
    try JavaProperties.parse(text).map { [$0.key, $0.value] }
  }

  @Test(
    "key and value are separated by an equals sign, a colon or blanks",
    arguments: [
      ("a=b", ["a", "b"]),
      ("a:b", ["a", "b"]),
      ("a b", ["a", "b"]),
      ("a\tb", ["a", "b"]),
      ("  a  =  b ", ["a", "b "]),
      ("a = = b", ["a", "= b"]),
      ("a=b=c:d e", ["a", "b=c:d e"]),
      ("a", ["a", ""]),
      ("a=", ["a", ""]),
      ("=b", ["", "b"]),
      (#"a\ b\=c\:d=e"#, ["a b=c:d", "e"]),
      (#"path=C\:\\dir"#, ["path", #"C:\dir"#]),
    ])
  func separators(text: String, expected: [String]) throws {
    #expect(try parse(text) == [expected])
  }

  @Test("comments and empty lines are skipped")
  func comments() throws {
    #expect(try parse("# a=b\n  ! c=d\n\n \t\ne=f # no comment\n") == [["e", "f # no comment"]])
  }

  @Test("a backslash at the end joins the next line without its leading blanks")
  func continuations() throws {
    #expect(try parse("a=b,\\\n    c,\\\r\n\td\ne=f") == [["a", "b,c,d"], ["e", "f"]])
    #expect(try parse("a=b\\\\\nc=d") == [["a", "b\\"], ["c", "d"]])
    #expect(try parse("a=b\\\n# c") == [["a", "b# c"]])
    #expect(try parse("# a\\\nb=c") == [["b", "c"]])
    #expect(try parse("a=b\\") == [["a", "b"]])
  }

  @Test("escapes stand for characters, and a needless backslash is dropped")
  func escapes() throws {
    #expect(try parse(#"a=\t\n\r\f\\\"\q"#) == [["a", "\t\n\r\u{c}\\\"q"]])
    #expect(try parse(#"a=\u00e9\ud83d\ude00"#) == [["a", "é😀"]])
    #expect(try parse("a=é😀") == [["a", "é😀"]])
  }

  @Test(
    "a broken escape is an error that names its line",
    arguments: [
      #"\u12"#, #"\u12g4"#, #"\u"#, #"\u+123"#,
    ])
  func malformed(escape: String) {
    #expect(throws: ConfigError.malformedFile(line: 2, reason: "Malformed \\uxxxx encoding.")) {
      try JavaProperties.parse("x=y\na=\(escape)")
    }
  }

  @Test("lines end in LF, CR or both, and are counted")
  func lines() throws {
    let properties = try JavaProperties.parse("a=1\rb=2\r\nc=\\\n3\n\nd=4")
    #expect(properties.map(\.value) == ["1", "2", "3", "4"])
    #expect(properties.map(\.line) == [1, 2, 3, 6])
  }

  @Test("an empty file has no properties", arguments: ["", "\n", "   ", "#"])
  func empty(text: String) throws {
    #expect(try parse(text) == [])
  }
}
