import Testing

@testable import ActaTools

@Suite("A script of SQL and commands") struct SQLScriptTests {
  private func pieces(_ text: String) -> [SQLScript.Piece] { SQLScript(Array(text.utf8)).pieces }

  private func sql(_ text: String) -> SQLScript.Piece { .statements(Array(text.utf8)) }

  @Test("a line that begins with a dot between statements is a command")
  func commands() {
    #expect(pieces(".tables") == [.command(".tables")])
    #expect(
      pieces("SELECT 1;\n.output csv\nSELECT 2;\n.quit\n") == [
        sql("SELECT 1;\n"), .command(".output csv\n"), sql("SELECT 2;\n"), .command(".quit\n"),
      ])
    #expect(pieces("-- it's\n\n.help\r\n") == [sql("-- it's\n\n"), .command(".help\r\n")])
    #expect(pieces("\u{feff}.help") == [.command(".help")])
    #expect(pieces("\u{feff}SELECT 1") == [sql("SELECT 1")])
    #expect(pieces("") == [])
  }

  @Test(
    "inside of a statement, a literal, a name or a comment it is what it is there",
    arguments: [
      "SELECT 2\n.5;", "SELECT ';\n.quit\n';", "SELECT 'it''s;\n.quit\n';",
      "SELECT \";\n.quit\n\";",
      "SELECT [;\n.quit\n];", "SELECT `;\n.quit\n`;", "/*;\n.quit\n*/", "/*/;\n.quit\n*/",
      "SELECT 1; .quit\n", "SELECT '\n.quit", "/*\n.quit",
    ])
  func noCommands(_ text: String) {
    #expect(pieces(text) == [sql(text)])
  }

  @Test("a comment does not begin a statement, and a dash does")
  func comments() {
    #expect(pieces("/* a */ -- b\n.help").count == 2)
    #expect(pieces("-\n.help").count == 1)
    #expect(pieces("/\n.help").count == 1)
  }

  @Test("a script that says nothing is blank")
  func blank() {
    for text in ["", " \n", "-- c\n", "/* c */", "/**/ ;\n", "/* a */ /* b */\n-- c"] {
      #expect(SQLScript(Array(text.utf8)).isBlank, "\(text)")
    }
    for text in ["SELECT", "/* c", "/*", "/*/", "-", "'", ".help", "-- c\n.help", "/* c */ x"] {
      #expect(!SQLScript(Array(text.utf8)).isBlank, "\(text)")
    }
  }

  @Test("commands have the words that they take, and no others")
  func words() throws {
    #expect(try SQLCommand(".schema  topics \r\n") == .schema("topics"))
    #expect(try SQLCommand(".schema") == .schema(nil))
    for line in [".", ".tables x", ".schema a b", ".output", ".output xml", ".mode csv", ".quit 1"]
    {
      #expect(throws: SQLCommand.Problem.self) { try SQLCommand(line) }
    }
  }
}
