import SASL
import SecurityTestSupport
import Testing

@Suite("SCRAM, the client's side") struct ScramTests {
  private static let pencil = SASLCredentials(username: "user", password: "pencil")

  private static func text(_ bytes: [UInt8]?) -> String? {
    bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("the exchange of RFC 7677")
  func rfc7677() throws {
    var client = SASLClient(.scramSHA256, Self.pencil, nonce: "rOprNGfwEbeRWgbNEkqO")
    #expect(try Self.text(client.begin()) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    let both = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    let final = try client.answer(Array("r=\(both),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8))
    #expect(
      Self.text(final)
        == "c=biws,r=\(both),p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    #expect(!client.isServerAuthentic)
    #expect(
      try client.answer(Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8)) == nil)
    #expect(client.isServerAuthentic)
  }

  @Test("SHA-512, with a name that has to be written otherwise, as Python's hashlib has it")
  func sha512() throws {
    let credentials = SASLCredentials(username: "us,e=r", password: "pencil")
    var client = SASLClient(.scramSHA512, credentials, nonce: "abc")
    #expect(try Self.text(client.begin()) == "n,,n=us=2Ce=3Dr,r=abc")
    let final = try client.answer(Array("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=5000".utf8))
    #expect(
      Self.text(final) == "c=biws,r=abcdef,p="
        + "gY7LMQbB/Mkvk9JDYZd1UT+3ZOkvCSIoIWylzK4+XBgVBIg0HEpAOqGM5qbh1uJsbFYq70qsYdXuUkHYbPHgFQ=="
    )
    let signature =
      "rcoZFpCpsNFh6OJ7Rtc+XxkE0OQbmVMl3ntMOK09BBfSbLrlldAT/8yjtni+UCTxjHYKrprEX+ZN1RorC8780w=="
    #expect(try client.answer(Array("v=\(signature)".utf8)) == nil)
  }

  @Test("a comma with an accent on it is a comma")
  func accent() throws {
    let client = SASLClient(
      .scramSHA256, SASLCredentials(username: "a,\u{301}b", password: "p"), nonce: "n")
    #expect(try Self.text(client.begin()) == "n,,n=a=2C\u{301}b,r=n")
  }

  /// A server that lies, and what is thrown.
  static let lies: [(lie: ScriptedScramServer.Lie, said: String)] = [
    (.wrongSignature, "could not prove that it knows the password"),
    (.shortNonce, "nonce does not go on"), (.otherNonce, "nonce does not go on"),
    (.iterations("4095"), "4095 iterations"), (.iterations("262145"), "262145 iterations"),
    (.iterations("1000000000"), "1000000000 iterations"), (.iterations("-1"), "-1 iterations"),
    (.iterations("many"), "no count of iterations"),
    (.iterations("99999999999999999999"), "no count of iterations"),
    (.noSalt, "no salt"), (.mandatoryExtension, "an extension that is not known"),
    (.refusal("other-error"), "refuses the credentials: other-error"),
    (.noSignature, "no signature"),
  ]

  @Test("a server that lies is found out", arguments: lies.indices)
  func lie(_ index: Int) throws {
    let (lie, said) = Self.lies[index]
    var server = ScriptedScramServer(.sha256, password: "pencil", lie: lie)
    var client = SASLClient(.scramSHA256, Self.pencil, nonce: "abc")
    let error = #expect(throws: SASLError.self) {
      let first = server.begin(try client.begin())
      let final = try #require(try client.answer(first))
      _ = try client.answer(try #require(server.end(final)))
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains(said), "\(String(describing: error))")
    #expect(!client.isServerAuthentic)
  }

  @Test("a server that knows another password refuses, and one that says nothing is not authentic")
  func otherPassword() throws {
    var server = ScriptedScramServer(.sha512, password: "pen")
    var client = SASLClient(.scramSHA512, Self.pencil, nonce: "abc")
    let first = server.begin(try client.begin())
    let final = try #require(try client.answer(first))
    #expect(server.end(final) == nil)
    #expect(!client.isServerAuthentic)
  }

  @Test("messages that are none", arguments: ["", ",,,", "r", "=", "r=abcd", "\u{fffd}"])
  func nonsense(_ text: String) throws {
    var client = SASLClient(.scramSHA256, Self.pencil, nonce: "abc")
    #expect(throws: SASLError.self) { try client.answer(Array(text.utf8)) }
    #expect(throws: SASLError.self) { try client.answer([0xff, 0xfe]) }
    #expect(throws: SASLError.self) {
      try client.answer(
        Array("r=abcd,s=AAAA,i=4096,x=".utf8) + [UInt8](repeating: 65, count: 5_000))
    }
  }

  @Test("credentials that are printed show no password")
  func printed() {
    var text = "\(Self.pencil) \(String(reflecting: Self.pencil)) \([Self.pencil])"
    dump(Self.pencil, to: &text)
    #expect(text.contains("user"))
    #expect(!text.contains("pencil"))
  }
}

@Suite("PLAIN") struct PlainTests {
  @Test("no other identity, the name, the password")
  func token() throws {
    var client = SASLClient(.plain, SASLCredentials(username: "a", password: "bé"), nonce: "")
    #expect(try client.begin() == [0, 0x61, 0, 0x62, 0xc3, 0xa9])
    #expect(try client.answer([]) == nil)
    #expect(client.isServerAuthentic)
  }

  @Test(
    "what cannot be said is not",
    arguments: [("", "b"), ("a", ""), ("a\0", "b"), ("a", "b\0c")])
  func unspeakable(_ username: String, _ password: String) {
    let client = SASLClient(
      .plain, SASLCredentials(username: username, password: password), nonce: "")
    #expect(throws: SASLError.self) { try client.begin() }
  }
}
