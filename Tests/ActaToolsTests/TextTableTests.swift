import ActaTools
import Testing

@Suite("Tables") struct TextTableTests {
  @Test("a column is as wide as its widest cell, or its title, or what it must be")
  func widths() {
    var table = TextTable([.init("GROUP", minimumWidth: 8), .init("ID"), .init("HOST")])
    table.append(["a", "12345", "-"])
    #expect(table.lines == ["GROUP    ID    HOST", "a        12345 -   "])
  }

  @Test("a separator may stand behind the last cell too")
  func separators() {
    var table = TextTable([.init("A"), .init("B")], separator: "\t", separatesLast: true)
    table.append(["one", "2"])
    #expect(table.lines == ["A  \tB\t", "one\t2\t"])
  }
}
