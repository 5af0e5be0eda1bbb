import ActaClient
import Threads

/// Events of a verifiable client: each a line of JSON, out at once.
struct EventLines: Sendable {
  typealias Facts = [(key: String, value: JSONValue)]

  let console: Console

  /// - Parameter facts: Behind the time and the name.
  func write(_ name: String, _ facts: Facts = []) {
    let head: Facts = [
      ("timestamp", .number("\(Clock.epochMilliseconds())")), ("name", .string(name)),
    ]
    console.writeJSON(.object(head + facts))
    console.output.flush()
  }
}
