import ActaTools
import Testing

@Suite("Patterns over topics") struct NamePatternTextTests {
  @Test("a comma is a bar, quotation marks and blanks do not count, and all of a name has to match")
  func matching() throws {
    let names = ["a", "b", "ab", "a.b", "axb"]
    #expect(try NamePatternText("a,b").matching(names) == ["a", "b"])
    #expect(try NamePatternText("'a , b'").matching(names) == ["a", "b"])
    #expect(try NamePatternText("\"a.b\"").matching(names) == ["a.b", "axb"])
    #expect(try NamePatternText("a.*").matching(names) == ["a", "ab", "a.b", "axb"])
  }

  @Test("what is no pattern is refused in Kafka's words")
  func refusal() {
    #expect(throws: ToolError.self) { try NamePatternText("[") }
    do {
      _ = try NamePatternText("a[")
    } catch {
      #expect(error.description == "a[ is an invalid regex.")
    }
  }
}
