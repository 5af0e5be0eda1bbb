import ActaClient
import Testing

@testable import ActaTools

@Suite("Reset plans") struct ResetPlanTests {
  @Test(
    "cells are quoted where Kafka's tool quotes them",
    arguments: [
      ("t", "t"), ("g h", "\"g h\""), ("g+1", "\"g+1\""), ("g-2", "g-2"), ("a,b", "\"a,b\""),
      ("say \"hi\"", "\"say \"\"hi\"\"\""), ("", ""),
      ("u.with.a.long.name.indeed", "\"u.with.a.long.name.indeed\""),
      ("exactly.24.characters.xx", "exactly.24.characters.xx"),
    ])
  func quoting(_ cell: String, _ text: String) {
    #expect(CSVLine.text([cell]) == text)
    #expect(CSVLine.cells(text[...]) == [cell])
  }

  @Test("lines that are not closed are none", arguments: ["\"a", "\"a\"b", "\"a\"\"", "a,\"b"])
  func unclosed(_ line: String) { #expect(CSVLine.cells(line[...]) == nil) }

  @Test("what is exported is read again, whatever the names")
  func roundTrip() throws {
    var plans = ResetPlans()
    plans.append("g \"x\", y", [TopicPartition("t", 0): .offset(5), TopicPartition("t", 1): .none])
    plans.append("h", [TopicPartition("a-topic-whose-name-is-long", 2): .offset(7)])
    let csv = plans.csv(namesGroups: true)
    #expect(csv == "\"g \"\"x\"\", y\",t,0,5\nh,\"a-topic-whose-name-is-long\",2,7\n\n")
    let read = try ResetPlans.read(csv, group: nil)
    #expect(read["g \"x\", y"] == [TopicPartition("t", 0): .offset(5)])
    #expect(read["h"] == [TopicPartition("a-topic-whose-name-is-long", 2): .offset(7)])
  }

  @Test("lines without a group are of the one that is asked for; with one, of theirs")
  func groups() throws {
    let short = try ResetPlans.read("t,0,5\r\nt,1,6\r\n", group: "g")
    #expect(
      short == ["g": [TopicPartition("t", 0): .offset(5), TopicPartition("t", 1): .offset(6)]])
    let long = try ResetPlans.read("h,t,0,5\n", group: "g")
    #expect(long == ["h": [TopicPartition("t", 0): .offset(5)]])
  }

  @Test(
    "a line that says something else is named",
    arguments: [("t,0,5\nt,x,5\n", 2), ("t,0\n", 1), ("g,t,0,1\n\ng,t,0,2\n", 2)])
  func refused(_ csv: String, _ line: Int) {
    let error = #expect(throws: ToolError.self) { try ResetPlans.read(csv, group: "g") }
    #expect(error?.description.hasPrefix("Line \(line) is not ") == true)
  }

  @Test(
    "a table grows with its groups and topics; a partition that is to have no offset has a dash")
  func table() {
    var plans = ResetPlans()
    plans.append("g", [TopicPartition("t", 10): .offset(0), TopicPartition("t", 2): .none])
    #expect(
      plans.table == """

        GROUP           TOPIC           PARTITION  NEW-OFFSET
        g               t               2          -
        g               t               10         0

        """)
  }
}
