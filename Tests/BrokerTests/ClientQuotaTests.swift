import ActaModel
import KafkaWire
import LogStorage
import Testing

@testable import Broker

@Suite("Client quotas") struct ClientQuotaTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private typealias Entry = AlterClientQuotasRequest.Entry

  /// What is answered to each entry, and `nil` where it is well.
  private func alter(
    _ entries: [Entry], validateOnly: Bool = false, version: Int16 = 1
  ) async throws -> [String?] {
    let request = AlterClientQuotasRequest.with {
      $0.entries = entries
      $0.validateOnly = validateOnly
    }
    let answers = try await fixture.send(request, version: version).entries
    for answer in answers { #expect((answer.errorCode == .none) == (answer.errorMessage == nil)) }
    return answers.map(\.errorMessage)
  }

  /// `client-id=a user=* producer_byte_rate=1.0`, a quota each.
  private func describe(
    _ components: (type: String, match: Int8, name: String?)..., strict: Bool = false,
    version: Int16 = 1
  ) async throws -> [String] {
    let request = DescribeClientQuotasRequest.with {
      $0.strict = strict
      $0.components = components.map { component in
        .with {
          $0.entityType = component.type
          $0.matchType = component.match
          $0.match = component.name
        }
      }
    }
    let response = try await fixture.send(request, version: version)
    guard let entries = response.entries else { return [response.errorMessage ?? ""] }
    return entries.flatMap { entry in
      let entity = entry.entity.map { "\($0.entityType)=\($0.entityName ?? "*")" }
      return entry.values.map { value in
        (entity + ["\(value.key)=\(value.value.value)"]).joined(separator: " ")
      }
    }
  }

  @Test("what is set is shown, until it is taken away", arguments: versions(of: .alterClientQuotas))
  func roundTrip(version: Int16) async throws {
    let quotas: [Entry] = [
      .quota("producer_byte_rate", 100, of: ("user", "a")),
      .quota("request_percentage", 0.5, of: ("user", nil)),
      .quota("consumer_byte_rate", 7, of: ("user", "a"), ("client-id", nil)),
      .quota("connection_creation_rate", 3, of: ("ip", "10.0.0.1")),
    ]
    #expect(try await alter(quotas, version: version) == [nil, nil, nil, nil])
    let all = [
      "client-id=* user=a consumer_byte_rate=7.0", "ip=10.0.0.1 connection_creation_rate=3.0",
      "user=* request_percentage=0.5", "user=a producer_byte_rate=100.0",
    ]
    #expect(try await describe(version: version) == all)
    #expect(try await describe(("user", 0, "a")) == [all[0], all[3]])
    #expect(try await describe(("user", 0, "a"), strict: true) == [all[3]])
    #expect(try await describe(("user", 1, nil)) == [all[2]])
    #expect(try await describe(("user", 2, nil), ("client-id", 1, nil)) == [all[0]])
    #expect(try await describe(("ip", 2, nil)) == [all[1]])
    #expect(try await describe(strict: true).isEmpty)

    let gone = Entry.quota("producer_byte_rate", nil, of: ("user", "a"))
    let never = Entry.quota("no_such_key", nil, of: ("user", "b"))
    #expect(try await alter([gone, never], version: version) == [nil, nil])
    #expect(try await describe(("user", 0, "a"), strict: true).isEmpty)
  }

  @Test("only to validate changes nothing")
  func validateOnly() async throws {
    let entry = Entry.quota("producer_byte_rate", 1, of: ("user", "a"))
    let bad = Entry.quota("producer_byte_rate", 0, of: ("user", "b"))
    #expect(
      try await alter([entry, bad], validateOnly: true)
        == [nil, "Quota producer_byte_rate must be greater than 0"])
    #expect(try await describe().isEmpty)
  }

  @Test("values are refused in Kafka's words, and neighbours are served")
  func values() async throws {
    let bad: [(key: String, value: Double, words: String)] = [
      ("producer_byte_rate", 1.5, "producer_byte_rate cannot be a fractional value."),
      ("producer_byte_rate", -1, "Quota producer_byte_rate must be greater than 0"),
      ("producer_byte_rate", .nan, "Quota producer_byte_rate must be a finite number"),
      ("request_percentage", .infinity, "Quota request_percentage must be a finite number"),
      (
        "consumer_byte_rate", 1e30, "Proposed value for consumer_byte_rate is too large for a LONG."
      ),
      ("connection_creation_rate", 1, "Invalid configuration key connection_creation_rate"),
      ("pebbles", 1, "Invalid configuration key pebbles"),
    ]
    let entries = bad.enumerated().map { index, quota in
      Entry.quota(quota.key, quota.value, of: ("user", "\(index)"))
    }
    let good = Entry.quota("producer_byte_rate", 9, of: ("user", "good"))
    #expect(try await alter(entries + [good]) == bad.map(\.words) + [nil])
    #expect(try await describe() == ["user=good producer_byte_rate=9.0"])
    let address = Entry.quota("connection_creation_rate", 3e9, of: ("ip", nil))
    #expect(
      try await alter([address])
        == ["Proposed value for connection_creation_rate is too large for an INT."])
  }

  @Test("entities are refused in Kafka's words")
  func entities() async throws {
    func quota(_ parts: (String, String?)...) -> Entry {
      .with {
        $0.entity = parts.map { part in
          .with {
            $0.entityType = part.0
            $0.entityName = part.1
          }
        }
      }
    }
    let long = String(repeating: "x", count: 1_025)
    let bad: [(Entry, String)] = [
      (quota(), "Invalid empty client quota entity"),
      (quota(("planet", "x")), "Unhandled client quota entity type: planet"),
      (quota(("user", "")), "Empty user not supported"),
      (quota(("client-id", long)), "A name of more than 1024 bytes is not supported"),
      (quota(("ip", "10.0.0.300")), "10.0.0.300 is not a valid IP or resolvable host."),
      (
        quota(("user", "a"), ("ip", "::1")),
        "Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId"
      ),
    ]
    #expect(try await alter(bad.map(\.0)) == bad.map(\.1))
  }

  @Test("who is named twice is answered once, and keeps what it has")
  func duplicates() async throws {
    let one = Entry.quota("producer_byte_rate", 1, of: ("user", "p"), ("client-id", "q"))
    let other = Entry.quota("consumer_byte_rate", 2, of: ("client-id", "q"), ("user", "p"))
    let words =
      "Ignoring duplicate entity ClientQuotaEntity(entries={client-id=q, user=p})"
    #expect(try await alter([one, other]) == [words])
    var twice = one
    twice.operations += one.operations
    #expect(try await alter([twice]) == [words])
    #expect(try await describe().isEmpty)
    // Of a part that is named twice the last word counts.
    let last = Entry.quota("producer_byte_rate", 1, of: ("user", "a"), ("user", "b"))
    #expect(try await alter([last]) == [nil])
    #expect(try await describe() == ["user=b producer_byte_rate=1.0"])
  }

  @Test("filters are refused in Kafka's words")
  func filters() async throws {
    let ip =
      "Invalid entity filter component combination. IP filter component should not be used with"
      + " user or clientId filter component."
    #expect(try await describe(("", 2, nil)) == ["Invalid empty entity type."])
    #expect(try await describe(("planet", 2, nil)) == ["Unsupported entity type planet"])
    #expect(try await describe(("user", 9, nil)) == ["Unknown match type 9"])
    #expect(try await describe(("ip", 2, nil), ("user", 2, nil)) == [ip])
    #expect(
      try await describe(("user", 2, nil), ("user", 1, nil))
        == ["Entity type user cannot appear more than once in the filter."])
    #expect(
      try await describe(("user", 0, nil))
        == ["Request specified MATCH_TYPE_EXACT, but set match string to null."])
  }

  @Test("more than ten thousand changes at once are refused")
  func tooMany() async throws {
    var entry = Entry.quota("producer_byte_rate", nil, of: ("user", "a"))
    entry.operations = Array(repeating: entry.operations[0], count: 10_001)
    #expect(
      try await alter([entry]) == ["Unable to perform excessively large batch operation."])
  }

  @Test(
    "what is an address",
    arguments: [
      ("127.0.0.1", true), ("0.0.0.0", true), ("1.2.3", false), ("1.2.3.4.5", false),
      ("1.2.3.256", false), ("1.2.3.-4", false), ("1.2.3.+4", false), ("::", true), ("::1", true),
      ("1::", true), ("fe80::1:2", true), (":::", false), ("::1::", false),
      ("1:2:3:4:5:6:7:8", true),
      ("1:2:3:4:5:6:7:8:9", false), ("1:2:3:4:5:6:7::", true), ("::ffff:1.2.3.4", true),
      ("1:2:3:4:5:6:7:1.2.3.4", false), ("12345::", false), ("g::", false), ("localhost", false),
      ("", false), (":", false),
    ])
  func addresses(text: String, isOne: Bool) {
    #expect(AddressText.isAddress(text) == isOne)
  }
}
