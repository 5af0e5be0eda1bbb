import ActaModel
import LogStorage
import LogTestSupport
import Testing

/// Client quotas: set, shown, taken away.
@Suite("Storage conformance: client quotas")
struct ClientQuotaTests {
  private static let alice = QuotaEntity(user: .init("alice"))
  /// As many as the sets of parts that there are, and a name of each kind.
  private static let entities = [
    alice, QuotaEntity(user: .init(nil)), QuotaEntity(clientID: .init("alice")),
    QuotaEntity(user: .init("alice"), clientID: .init(nil)),
    QuotaEntity(user: .init("="), clientID: .init("nul\0 ä")),
    QuotaEntity(user: .init("e\u{301}")), QuotaEntity(user: .init("é")),
  ]

  private static func set(
    _ value: Double?, _ entity: QuotaEntity, _ key: String = "producer_byte_rate"
  ) -> ClientQuotaChange {
    ClientQuotaChange(entity: entity, key: key, value: value)
  }

  @Test("each entity has its own, and every start finds them", arguments: Backend.allCases)
  func entities(_ backend: Backend) async throws {
    let place = try Backend.Place(backend)
    let addresses = [QuotaEntity(ip: .init("::1")), QuotaEntity(ip: .init(nil))]
    let changes =
      zip(Self.entities, 1...).map { Self.set(Double($1) + 0.25, $0, "request_percentage") }
      + addresses.map { Self.set(3, $0, "connection_creation_rate") }
    var log = try place.open()
    _ = try await log.turn { try $0.write(changes) }.get()
    if place.isLasting {
      log.close()
      log = try place.open()
    }
    let kept = try await log.turn { try $0.clientQuotas() }
    let wanted = changes.compactMap { change in
      change.value.map { ClientQuota(entity: change.entity, key: change.key, value: $0) }
    }
    #expect(Set(kept) == Set(wanted) && kept.count == wanted.count)
    log.close()
    withExtendedLifetime(place) {}
  }

  @Test("the last word counts, and what is taken away is gone", arguments: Backend.allCases)
  func changes(_ backend: Backend) async throws {
    try await backend.run { log in
      _ = try await log.turn { turn in
        try turn.write([
          Self.set(1, Self.alice), Self.set(2, Self.alice),
          Self.set(3, Self.alice, "consumer_byte_rate"), Self.set(nil, Self.entities[1]),
        ])
      }.get()
      let both = try await log.turn { try $0.clientQuotas() }
      #expect(Set(both.map(\.value)) == [2, 3])
      _ = try await log.turn { try $0.write([Self.set(nil, Self.alice)]) }.get()
      let left = try await log.turn { try $0.clientQuotas() }
      #expect(left.map(\.key) == ["consumer_byte_rate"])
    }
  }

  @Test("there is an end to them, up to which they can be changed", arguments: Backend.allCases)
  func limit(_ backend: Backend) async throws {
    try await backend.run { log in
      let all = (0..<ClientQuotaLimit.count).map { number in
        Self.set(1, QuotaEntity(clientID: .init("\(number)")))
      }
      _ = try await log.turn { try $0.write(all) }.get()
      let more = try await log.turn { turn in
        (try turn.write([Self.set(5, Self.alice)]), try turn.write([Self.set(5, all[7].entity)]))
      }
      #expect("\(more.0)" == "\(Self.refusal)")
      #expect((try? more.1.get()) != nil)
      let kept = try await log.turn { try $0.clientQuotas() }
      #expect(kept.count == ClientQuotaLimit.count)
      #expect(kept.filter { $0.value == 5 }.map(\.entity) == [all[7].entity])
    }
  }

  private static let refusal: Result<Void, StorageError> = .failure(.tooMany("client quotas"))
}
