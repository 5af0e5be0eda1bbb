import ActaClient
import Arguments

/// `--reset-offsets`: where the offsets of groups are to be, and putting them there.
struct OffsetReset {
  typealias Options = ConsumerGroupOptions

  let invocation: Invocation
  let admin: Admin
  let console: Console
  var topics: KnownTopics
  /// What `--from-file` says, once it is read.
  var filePlans: [String: ResetPlan]?
  /// What `--undo` and `--to-state-at` look into, once it is found.
  var trail: AuditTrailFile?

  init(_ invocation: Invocation, _ admin: Admin, _ console: Console) {
    self.invocation = invocation
    self.admin = admin
    self.console = console
    topics = KnownTopics(admin: admin)
  }

  /// Plans, and does it if it is to be done.
  mutating func run(_ group: String) async throws -> ResetPlan {
    let scope = try await scope(of: group)
    if let scope { try await check(scope) }
    let plan = try await plan(for: group, scope)
    if invocation[Options.execute] { try await execute(plan, group) }
    return plan
  }

  func committed(_ group: String) async throws -> [TopicPartition: Int64] {
    try await JavaFailure.Wrapping.runtime.telling {
      let groups = try await admin.listGroupOffsets([group])
      return try groups[group]?.get().mapValues(\.offset) ?? [:]
    }
  }

  // MARK: Which partitions

  /// `nil`: what the scenario itself says.
  private mutating func scope(of group: String) async throws -> Set<TopicPartition>? {
    let isFromTrail = invocation.given.count(of: [Options.undo, Options.toStateAt]) > 0
    if invocation[Options.allTopics] {
      return isFromTrail ? nil : Set(try await committed(group).keys)
    }
    let arguments = invocation[Options.topic]
    if arguments.isEmpty {
      if isFromTrail || !invocation[Options.fromFile].isEmpty { return nil }
      throw ArgumentFailure("One of the reset scopes should be defined: --all-topics, --topic.")
    }
    var partitions = Set<TopicPartition>()
    for argument in arguments where argument.utf8.contains(UInt8(ascii: ":")) {
      partitions.formUnion(try TopicArgument.partitions(argument))
    }
    let whole = arguments.filter { !$0.utf8.contains(UInt8(ascii: ":")) }
    return partitions.union(try await topics.partitions(of: whole, told: .none))
  }

  private mutating func check(_ partitions: Set<TopicPartition>) async throws {
    let known = try await topics.partitions(of: partitions.map(\.topic), told: .runtime)
    let errors = "org.apache.kafka.common.errors"
    if let names = Self.names(partitions.subtracting(known)) {
      throw JavaFailure(
        exception: "\(errors).UnknownTopicOrPartitionException",
        message: "The partitions \"\(names)\" do not exist")
    }
    if let names = Self.names(try await topics.leaderless(partitions)) {
      throw JavaFailure(
        exception: "\(errors).LeaderNotAvailableException",
        message: "The partitions \"\(names)\" have no leader")
    }
  }

  private static func names(_ partitions: Set<TopicPartition>) -> String? {
    partitions.isEmpty ? nil : partitions.sorted().map(\.description).joined(separator: ",")
  }

  // MARK: Doing it

  private func execute(_ plan: ResetPlan, _ group: String) async throws {
    var offsets: [TopicPartition: OffsetAndMetadata] = [:]
    for case (let partition, .offset(let offset)) in plan {
      offsets[partition] = OffsetAndMetadata(offset)
    }
    let forgotten = plan.filter { $0.value == .none }.keys.sorted()
    if !offsets.isEmpty {
      let results = try await admin.alterGroupOffsets(group, offsets)
      try Self.check(results, "Failed altering group offsets for the following partitions")
    }
    if !forgotten.isEmpty {
      let results = try await admin.deleteGroupOffsets(group, of: forgotten)
      try Self.check(results, "Failed deleting group offsets for the following partitions")
    }
  }

  /// - Throws: `JavaFailure` with the error of the first partition that has one, and the names of all.
  private static func check(
    _ results: [TopicPartition: Result<Void, KafkaError>], _ sentence: String
  ) throws {
    let failed = results.compactMap { partition, result -> (TopicPartition, KafkaError)? in
      guard case .failure(let error) = result else { return nil }
      return (partition, error)
    }.sorted { $0.0 < $1.0 }
    guard let first = failed.first else { return }
    let names = failed.map { "\($0.0)" }.joined(separator: ", ")
    throw JavaFailure(exception: first.1.exception, message: "\(sentence): [\(names)]")
  }
}
