import ActaClient
import Arguments
import Logging
import Threads

extension OffsetReset {
  /// - Parameter scope: `nil`: what the scenario itself says.
  mutating func plan(
    for group: String, _ scope: Set<TopicPartition>?
  ) async throws -> ResetPlan {
    let partitions = scope ?? []
    if let offset = invocation[Options.toOffset].first {
      return try await clamped(Dictionary(partitions.map { ($0, offset) }) { $1 })
    }
    if invocation[Options.toEarliest] {
      return try await ends(of: partitions, .earliest, "starting")
    }
    if invocation[Options.toLatest] { return try await ends(of: partitions, .latest, "ending") }
    if let shift = invocation[Options.shiftBy] {
      return try await shifted(group, partitions, by: shift)
    }
    if let text = invocation[Options.toDatetime].first {
      return try await offsets(of: partitions, at: try Self.moment(text))
    }
    if let text = invocation[Options.byDuration] {
      return try await offsets(of: partitions, at: try Self.momentBefore(text))
    }
    if let path = invocation[Options.fromFile].first { return try await plan(for: group, in: path) }
    if invocation[Options.toCurrent] { return try await current(group, partitions) }
    if let planned = try await plan(fromTrailOf: group, scope) { return planned }
    let names = Options.scenarioNames.map { "[\($0)]" }.joined(separator: ", ")
    throw ArgumentFailure(
      "Option '[reset-offsets]' requires one of the following scenarios: [\(names)]")
  }

  // MARK: Offsets

  private mutating func ends(
    of partitions: Set<TopicPartition>, _ spec: OffsetSpec, _ word: String
  ) async throws -> ResetPlan {
    let ends = try await topics.ends(of: partitions, spec)
    if let without = partitions.filter({ ends[$0] == nil }).min() {
      throw ArgumentFailure("Error getting \(word) offset of topic partition: \(without)")
    }
    return ends.mapValues { .offset($0) }
  }

  /// What lies outside of a log becomes its nearer end.
  mutating func clamped(_ offsets: [TopicPartition: Int64]) async throws -> ResetPlan {
    let partitions = Set(offsets.keys)
    let first = try await topics.ends(of: partitions, .earliest)
    let last = try await topics.ends(of: partitions, .latest)
    var plan: ResetPlan = [:]
    for (partition, offset) in offsets.sorted(by: { $0.key < $1.key }) {
      var kept = offset
      if let end = last[partition], offset > end {
        warn("New offset (\(offset)) is higher than latest", partition, end)
        kept = end
      } else if let start = first[partition], offset < start {
        warn("New offset (\(offset)) is lower than earliest", partition, start)
        kept = start
      }
      plan[partition] = .offset(kept)
    }
    return plan
  }

  private func warn(_ sentence: String, _ partition: TopicPartition, _ offset: Int64) {
    console.log(
      .warning,
      "\(sentence) offset for topic partition \(partition). Value will be set to \(offset).",
      logger: "org.apache.kafka.tools.GroupOffsetsResetter")
  }

  private mutating func shifted(
    _ group: String, _ partitions: Set<TopicPartition>, by shift: Int64
  ) async throws -> ResetPlan {
    let committed = try await committed(group)
    var offsets: [TopicPartition: Int64] = [:]
    for partition in partitions.sorted() {
      guard let offset = committed[partition] else {
        throw ArgumentFailure(
          "Cannot shift offset for partition \(partition) since there is no current committed offset"
        )
      }
      let sum = offset.addingReportingOverflow(shift)
      offsets[partition] = sum.overflow ? (shift > 0 ? .max : .min) : sum.partialValue
    }
    return try await clamped(offsets)
  }

  private mutating func current(
    _ group: String, _ partitions: Set<TopicPartition>
  ) async throws -> ResetPlan {
    let committed = try await committed(group).filter { partitions.contains($0.key) }
    let others = partitions.filter { committed[$0] == nil }
    return committed.mapValues { .offset($0) }
      .merging(try await ends(of: others, .latest, "ending")) { $1 }
  }

  // MARK: Times

  private mutating func offsets(
    of partitions: Set<TopicPartition>, at milliseconds: Int64
  ) async throws -> ResetPlan {
    let found = try await topics.ends(of: partitions, .timestamp(milliseconds))
    let without = partitions.filter { found[$0] == nil }
    for partition in without.sorted() {
      console.output.write(
        "\nWarn: Partition \(partition.partition) from topic \(partition.topic) is empty. Falling "
          + "back to latest known offset.\n")
    }
    return found.mapValues { .offset($0) }
      .merging(try await ends(of: without, .latest, "ending")) { $1 }
  }

  /// - Throws: `JavaFailure` in Java's words.
  private static func moment(_ text: String) throws(JavaFailure) -> Int64 {
    do throws(JavaDateTime.Failure) {
      return try JavaDateTime.milliseconds(text)
    } catch {
      let reason =
        switch error {
        case .noTime:
          "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format"
        case .unreadable(let text): "Unparseable date: \"\(text)\""
        }
      throw JavaFailure(
        exception: "java.lang.RuntimeException", message: "java.text.ParseException: \(reason)")
    }
  }

  private static func momentBefore(_ text: String) throws(JavaFailure) -> Int64 {
    guard let duration = ISODuration.milliseconds(text) else {
      throw JavaFailure(
        exception: "java.time.format.DateTimeParseException",
        message: "Text cannot be parsed to a Duration")
    }
    let moment = Clock.epochMilliseconds().subtractingReportingOverflow(duration)
    return moment.overflow ? (duration > 0 ? 0 : .max) : moment.partialValue
  }

  // MARK: Files

  private mutating func plan(for group: String, in path: String) async throws -> ResetPlan {
    let groups = invocation[Options.group]
    let plans: [String: ResetPlan]
    if let filePlans {
      plans = filePlans
    } else {
      plans = try ResetPlans.read(
        try TextFile.text(of: path), group: groups.count == 1 ? groups[0] : nil)
      filePlans = plans
    }
    guard let plan = plans[group] else {
      ConsumerGroupsTool.printError("No reset plan for group \(group) found.", to: console)
      return [:]
    }
    var offsets: [TopicPartition: Int64] = [:]
    for case (let partition, .offset(let offset)) in plan {
      guard offset >= 0 else { throw invocation.refusal("Invalid negative offset") }
      offsets[partition] = offset
    }
    return try await clamped(offsets)
  }
}
