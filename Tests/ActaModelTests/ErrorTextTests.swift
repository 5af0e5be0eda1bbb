import ActaModel
import Foundation
import Testing

@Suite("What Java's clients make of error codes") struct ErrorTextTests {
  @Test("each of Kafka's codes has its name, the exception and the words of Java's clients")
  func texts() throws {
    let url = try #require(
      Bundle.module.url(forResource: "errors", withExtension: "txt", subdirectory: "Fixtures"))
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 138)
    for line in lines {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let code = ErrorCode(rawValue: try #require(Int16(fields[0])))
      #expect(code.description == "\(fields[1])(\(fields[0]))")
      if code == .none { continue }
      #expect(code.exception == fields[2])
      #expect(code.words == fields[3])
    }
  }

  @Test("a code that nobody knows is an error of the server's")
  func unknown() {
    let code = ErrorCode(rawValue: 9_999)
    #expect(code.exception == "org.apache.kafka.common.errors.UnknownServerException")
    #expect(code.words == ErrorCode.unknownServerError.words)
  }
}
