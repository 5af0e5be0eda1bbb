import Testing

@testable import SQLiteStore

@Suite("What is told of other processes")
struct OtherProcessTests {
  private let table = """
    1: POSIX  ADVISORY  READ 1234 fe:00:131 124 124
    2: POSIX  ADVISORY  WRITE 77 fe:00:131 120 120
    2: -> POSIX  ADVISORY  WRITE 78 fe:00:131 120 120
    3: POSIX  ADVISORY  READ 99 fe:00:131 128 128
    4: FLOCK  ADVISORY  WRITE 5 fe:00:77 0 EOF
    5: POSIX  ADVISORY  READ 1235 fe:00:132 124 124
    6: POSIX  ADVISORY  READ 1236 fe:00:131 123 127
    7: POSIX  ADVISORY  READ 0 fe:00:131 124 124
    nonsense
    """

  @Test("readers, the writer, and who has merely opened the file are told apart")
  func locks() {
    #expect(LockTable.holders(of: 131, 123...127, in: table) == [1_234, 1_236])
    #expect(LockTable.holders(of: 131, 120...120, in: table) == [77])
    #expect(LockTable.holders(of: 132, 123...127, in: table) == [1_235])
    #expect(LockTable.holders(of: 133, 123...127, in: table) == [])
  }

  @Test("a command line is told in one line, and not all of a long one")
  func commandLine() {
    #expect(OtherProcess.commandLine("python3\0report.py\0--all\0") == "python3 report.py --all")
    #expect(OtherProcess.commandLine("a\nb\0\u{1B}[1m") == "a b  [1m")
    let long = OtherProcess.commandLine("cp\0" + String(repeating: "x", count: 1_000))
    #expect(long.count == 101)
    #expect(long.hasSuffix("…"))
    #expect(OtherProcess.commandLine("") == "")
  }
}
