import ActaClient

/// Topics that were asked about once, and where their partitions begin and end.
struct KnownTopics {
  private let admin: Admin
  /// By topic.
  private var known: [String: Set<TopicPartition>] = [:]
  private var leaderless: Set<TopicPartition> = []
  /// Ends that were asked about: those of all groups are planned by one picture of the log. `nil`: there is none.
  private var found: [OffsetSpec: [TopicPartition: Int64?]] = [:]

  /// How many partitions are asked about at a time.
  private static let partitionsPerRequest = 2_000

  init(admin: Admin) { self.admin = admin }

  /// - Throws: `JavaFailure` for one that is not there.
  mutating func partitions(
    of names: some Sequence<String>, told wrapping: JavaFailure.Wrapping
  ) async throws -> Set<TopicPartition> {
    let names = Set(names)
    try await learn(names, told: wrapping)
    return names.count == 1
      ? names.first.flatMap { known[$0] } ?? [] : Set(names.flatMap { known[$0] ?? [] })
  }

  /// Those that nobody leads.
  mutating func leaderless(_ partitions: Set<TopicPartition>) async throws -> Set<TopicPartition> {
    try await learn(Set(partitions.map(\.topic)), told: .runtime)
    return leaderless.isEmpty ? [] : partitions.intersection(leaderless)
  }

  /// The offsets of those that have a leader, and such an offset.
  mutating func ends(
    of partitions: Set<TopicPartition>, _ spec: OffsetSpec
  ) async throws -> [TopicPartition: Int64] {
    let leaderless = try await leaderless(partitions)
    let known = found[spec] ?? [:]
    let unknown = partitions.filter { known[$0] == nil && !leaderless.contains($0) }.sorted()
    let ends = try await JavaFailure.Wrapping.runtime.telling { [admin] in
      var ends = known
      for piece in unknown.pieces(of: Self.partitionsPerRequest) {
        let specs = Dictionary(uniqueKeysWithValues: piece.map { ($0, spec) })
        for (partition, result) in try await admin.listOffsets(specs) {
          ends[partition] = .some(try result.get()?.offset)
        }
      }
      return ends
    }
    found[spec] = ends
    var wanted: [TopicPartition: Int64] = [:]
    for partition in partitions {
      if case .some(.some(let offset)) = ends[partition] { wanted[partition] = offset }
    }
    return wanted
  }

  private mutating func learn(
    _ names: Set<String>, told wrapping: JavaFailure.Wrapping
  ) async throws {
    let unknown = names.filter { known[$0] == nil }.sortedByBytes()
    if unknown.isEmpty { return }
    let found = try await wrapping.telling { [admin] in
      try await admin.describeTopics(unknown).mapValues { try $0.get() }
    }
    for topic in found.values {
      let all = topic.partitions.map { TopicPartition(topic.name, $0.partition) }
      known[topic.name] = Set(all)
      leaderless.formUnion(zip(topic.partitions, all).filter { $0.0.leader == nil }.map(\.1))
    }
  }
}
