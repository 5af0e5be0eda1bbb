import SASL
import Testing

@Suite("sasl.jaas.config") struct JAASTests {
  /// Texts and what Kafka 4.4 makes of them: the options, or its refusal.
  static let read: [(text: String, options: [String: String])] = [
    ("org.M required username=\"a\" password=\"b\";", ["username": "a", "password": "b"]),
    ("org.M required username=a password=b-c_d$e.f;", ["username": "a", "password": "b-c_d$e.f"]),
    (
      "org.M required username=a password=\"x\\\"y\\\\z\\n\\101\\400\\9\";",
      ["username": "a", "password": "x\"y\\z\nA 09"]
    ),
    ("org.M REQUIRED username='q\"r' ;", ["username": "q\"r"]),
    ("org.M required // c\n a=b /* x ; */ c=d;", ["a": "b", "c": "d"]),
    ("org.M required a=b/c\n;", ["a": "b"]),
    ("org.M required a=b / rest ;\n;", ["a": "b"]),
    ("\"org.M\" required a=b;", ["a": "b"]),
    ("org.M required 'a b'=c;", ["a b": "c"]),
    ("org.M required a=\"\\777\";", ["a": "?7"]),
    ("org.M required a=é;", ["a": "é"]),
  ]

  @Test("it is read as Kafka reads it", arguments: read.indices)
  func reads(_ index: Int) throws {
    let entry = try JAASEntry(Self.read[index].text)
    #expect(entry.module == "org.M")
    #expect(entry.options == Self.read[index].options)
  }

  static let refused: [(text: String, said: String)] = [
    ("org.M required username=a password=1234;", "Value not specified for key 'password'"),
    ("org.M required username=a", "not terminated by semi-colon"),
    ("org.M", "control flag not specified"), ("", "Login module not specified"),
    ("org.M needed a=b;", "Invalid login module control flag"),
    ("org.M required a=b; org.N required c=d;", "contains 2 login modules, should be 1 module"),
    ("org.M required a b;", "Value not specified for key 'a'"),
    ("org.M required a=;", "Value not specified for key 'a'"),
    ("org.M required a=\"b\nc\";", "Value not specified for key 'c'"),
    ("org.M required a=-5 b=x;", "Value not specified for key 'a'"),
    ("org.M required a=-x b=c;", "Value not specified for key 'a'"),
    ("org.M required a=1x;", "Value not specified for key 'a'"),
    ("org.M required a=.b;", "Value not specified for key 'a'"),
    ("org.M required =b;", "Value not specified"), ("org.M required a==b;", "Value not specified"),
    ("org.M required a=b#c;", "Value not specified"),
    ("org.M required a=\"b\" ; ;", "control flag not specified"),
    ("org.M required a=b;x", "control flag not specified"),
    ("org.M required a=\"b", "not terminated by semi-colon"),
    ("org.M required a=b /* ;", "not terminated by semi-colon"),
  ]

  @Test("it is refused in Kafka's words", arguments: refused.indices)
  func refuses(_ index: Int) {
    let (text, said) = Self.refused[index]
    let error = #expect(throws: JAASEntry.Malformed.self) { try JAASEntry(text) }
    #expect(error?.description.contains(said) == true, "\(String(describing: error))")
  }

  @Test("every beginning of a text is read or refused, and never holds up")
  func beginnings() {
    let text = "org.M required a=\"b\\1\" /* c */ d='\\' e=-1.5 // f\n;"
    for count in 0...text.utf8.count {
      _ = try? JAASEntry(String(decoding: Array(text.utf8.prefix(count)), as: UTF8.self))
    }
  }
}
