import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// What is set on topics, brokers and groups: in force when it is answered, and there after a restart.
@Suite("Log storage conformance: configurations")
struct ConfigTests {
  private let everyKind: [ConfigEntity] = [
    .topic("orders"), .broker(1), .brokerDefaults, .group("g"),
    ConfigEntity(.clientMetrics, "m"),
  ]

  @Test(
    "what is set is in force at the answer, and found by a restart", arguments: Backend.allCases)
  func lasting(_ backend: Backend) async throws {
    let place = try Backend.Place(backend)
    var log = try place.open()
    _ = try await log.makeTopic("orders")
    for (index, entity) in everyKind.enumerated() {
      try await log.configure(entity, as: ["a": "\(index)", "b": "x"]).get()
      try await log.configure(entity, as: ["a": "\(index)", "c": ""]).get()
      #expect(Self.published(entity, log) == ["a": "\(index)", "c": ""])
    }
    if place.isLasting {
      log.close()
      log = try place.open()
    }
    for (index, entity) in everyKind.enumerated() {
      #expect(Self.published(entity, log) == ["a": "\(index)", "c": ""])
      #expect(try await log.overrides(of: entity) == ["a": "\(index)", "c": ""])
    }
    log.close()
    withExtendedLifetime(place) {}
  }

  /// What everybody sees without a turn.
  private static func published(_ entity: ConfigEntity, _ log: any LogStorage) -> [String: String]?
  {
    entity.kind == .topic ? log.catalog()[entity.name]?.configs : log.configOverrides()[entity]
  }

  @Test("a turn sees what it has set itself", arguments: Backend.allCases)
  func withinTurn(_ backend: Backend) async throws {
    try await backend.run { log in
      _ = try await log.makeTopic("orders")
      let entities = everyKind
      let seen = try await log.turn { turn in
        try entities.map { entity in
          try turn.configure(entity, as: ["a": "1"], by: ConfigAuthor(.alterConfigs)).get()
          return turn.overrides(of: entity)
        }
      }
      #expect(seen == entities.map { _ in ["a": "1"] })
    }
  }

  @Test(
    "a topic that is not there has no configuration, whatever else has", arguments: Backend.allCases
  )
  func unknownTopic(_ backend: Backend) async throws {
    try await backend.run { log in
      #expect(try await log.overrides(of: .topic("none")) == nil)
      #expect(try await log.overrides(of: .group("none")) == [:])
      guard case .failure(.unknownTopic) = try await log.configure(.topic("none"), as: ["a": "1"])
      else {
        Issue.record("a topic that is not there was configured")
        return
      }
    }
  }

  @Test(
    "a topic takes its configuration along, and one made anew has its own",
    arguments: Backend.allCases)
  func deletion(_ backend: Backend) async throws {
    try await backend.run { log in
      _ = await log.create([newTopic("t", configs: ["a": "1"])])
      try await log.configure(.topic("t"), as: ["a": "1", "b": "2"]).get()
      let id = try #require(log.catalog()["t"]).id
      _ = await log.delete([id])
      #expect(try await log.overrides(of: .topic("t")) == nil)
      _ = await log.create([newTopic("t")])
      #expect(try await log.overrides(of: .topic("t")) == [:])
      #expect(log.catalog()["t"]?.configs == [:])
    }
  }

  @Test("whoever watches is told before the answer, and not of topics", arguments: Backend.allCases)
  func observed(_ backend: Backend) async throws {
    try await backend.run { log in
      _ = try await log.makeTopic("orders")
      let told = Recorder<[String: String]>()
      log.observeConfigs { told.append($0[.broker(1)]) }
      try await log.configure(.broker(1), as: ["a": "1"]).get()
      #expect(told.values == [["a": "1"]])
      try await log.configure(.topic("orders"), as: ["a": "1"]).get()
      try await log.configure(.broker(1), as: ["a": "1"]).get()
      #expect(told.values.count == 1)
      try await log.configure(.broker(1), as: [:]).get()
      #expect(told.values == [["a": "1"], [:]])
      #expect(log.configOverrides().entities(of: .broker) == [])
    }
  }

  @Test("a turn that fails leaves every configuration as it was", arguments: Backend.allCases)
  func rollback(_ backend: Backend) async throws {
    try await backend.run { log in
      _ = await log.create([newTopic("orders", configs: ["a": "1"])])
      try await log.configure(.group("g"), as: ["a": "1"]).get()
      await #expect(throws: StorageError.self) {
        try await log.turn { turn in
          _ = try turn.configure(.topic("orders"), as: [:], by: ConfigAuthor(.alterConfigs))
          _ = try turn.configure(.group("g"), as: ["b": "2"], by: ConfigAuthor(.alterConfigs))
          throw StoreError.refused("the test says so")
        }
      }
      #expect(try await log.overrides(of: .topic("orders")) == ["a": "1"])
      #expect(try await log.overrides(of: .group("g")) == ["a": "1"])
      #expect(log.configOverrides()[.group("g")] == ["a": "1"])
      #expect(log.catalog()["orders"]?.configs == ["a": "1"])
    }
  }

  @Test("names that are composed differently are two groups", arguments: Backend.allCases)
  func exactNames(_ backend: Backend) async throws {
    try await backend.run { log in
      try await log.configure(.group("caf\u{E9}"), as: ["a": "1"]).get()
      #expect(try await log.overrides(of: .group("cafe\u{301}")) == [:])
    }
  }
}
