import ActaClient
import Foundation
import Testing

/// Values at and beyond the limits of every property, one at a time: taken where Java's clients take them, and refused in
/// Java's words where they refuse them (`ClientRefusals.java`).
@Suite("Values of properties, beside Java's clients") struct JavaRefusalTests {
  private struct Case {
    let client: String
    let name: String
    let value: String
    /// Empty where it is taken.
    let refusal: String
  }

  /// What Java's clients take here and refuse when they are made, or when they have been at work for a while; and what
  /// they take and no client can work with. It is refused here, by these words.
  private static let soonerHere: [String: String] = [
    "buffer.memory": "buffer.memory must be more than 0.",
    "max.request.size": "max.request.size must be more than 0.",
    "max.partition.fetch.bytes": "max.partition.fetch.bytes must be at least 1.",
    "request.timeout.ms": "request.timeout.ms must be more than 0.",
    "socket.connection.setup.timeout.ms": "Value must be at least 1",
    "transaction.timeout.ms": "Value must be at least 1",
    "delivery.timeout.ms":
      "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms.",
    "group.id": "String must be non-empty",
    "group.instance.id": "group.instance.id needs a group.id.",
    "heartbeat.interval.ms":
      "heartbeat.interval.ms must be more than 0 and less than session.timeout.ms.",
    "session.timeout.ms":
      "heartbeat.interval.ms must be more than 0 and less than session.timeout.ms.",
    "partition.assignment.strategy": "partition.assignment.strategy",
    "bootstrap.servers": "must not be empty",
  ]

  private static func cases(of client: String) throws -> [Case] {
    let url = try #require(
      Bundle.module.url(forResource: "refusals", withExtension: "txt", subdirectory: "Fixtures"))
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields[0] == client else { return nil }
      return Case(client: client, name: fields[1], value: fields[2], refusal: fields[3])
    }
  }

  private static func compare(
    _ client: String, _ properties: [ConfigurationProperty],
    _ make: ([String: String]) throws -> Void
  ) throws {
    let roles = Dictionary(
      properties.map { ($0.name, $0.role) }, uniquingKeysWith: { first, _ in first })
    let cases = try cases(of: client)
    #expect(cases.count > 200)
    // What security needs is read together (`SecurityPropertiesTests`).
    for each in cases
    where roles[each.name] == .effective && !each.name.hasPrefix("ssl.")
      && !each.name.hasPrefix("sasl.")
    {
      var said = ""
      do {
        try make([each.name: each.value])
      } catch {
        said = "\(error)"
      }
      if each.refusal.isEmpty, !said.isEmpty, let words = soonerHere[each.name] {
        #expect(said.contains(words), "\(each.name)=\(each.value)")
      } else {
        #expect(said == each.refusal, "\(each.name)=\(each.value)")
      }
    }
  }

  @Test("a producer's")
  func producer() throws {
    try Self.compare("producer", ProducerConfiguration.properties) {
      _ = try ProducerConfiguration(properties: $0)
    }
  }

  @Test("a consumer's")
  func consumer() throws {
    try Self.compare("consumer", ConsumerConfiguration.properties) {
      _ = try ConsumerConfiguration(properties: $0)
    }
  }

  @Test("an administrator's")
  func admin() throws {
    try Self.compare("admin", AdminConfiguration.properties) {
      _ = try AdminConfiguration(properties: $0)
    }
  }
}
