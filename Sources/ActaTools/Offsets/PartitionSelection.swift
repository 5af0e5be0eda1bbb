import ActaClient

/// Which partitions `kafka-get-offsets` is asked for.
struct PartitionSelection: Sendable {
  private struct Rule: Sendable {
    let topic: NamePatternText?
    /// From the first, to before the second.
    let partitions: [Range<Int32>]

    func includes(_ partition: TopicPartition) -> Bool {
      topic?.matching([partition.topic]).isEmpty != true
        && (partitions.isEmpty || partitions.contains { $0.contains(partition.partition) })
    }
  }

  private let rules: [Rule]

  /// - Throws: `ToolError` in Kafka's words.
  init(topic: String?, partitions: String?) throws(ToolError) {
    var numbers: [Range<Int32>] = []
    for text in (partitions ?? "").split(separator: ",") {
      guard let number = Int32(text), number < .max else {
        throw ToolError(
          "--partitions expects a comma separated list of numeric partition ids, but received: "
            + (partitions ?? ""))
      }
      numbers.append(number..<number + 1)
    }
    rules = [
      Rule(
        topic: try topic.map { text throws(ToolError) in try NamePatternText(text) },
        partitions: numbers)
    ]
  }

  /// - Parameter text: `topic:1,other:0-3,third,fourth:5-,:-3`
  /// - Throws: `ToolError` in Kafka's words.
  init(list text: String) throws(ToolError) {
    var rules: [Rule] = []
    for rule in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = rule.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2, let range = parts.count == 2 ? Self.range(parts[1]) : [] else {
        throw ToolError("Invalid rule specification: \(rule)")
      }
      let topic = parts[0].isEmpty ? nil : try NamePatternText(String(parts[0]))
      rules.append(Rule(topic: topic, partitions: range))
    }
    self.rules = rules
  }

  /// `nil` for what is none; empty for all.
  private static func range(_ text: Substring) -> [Range<Int32>]? {
    if text.isEmpty { return [] }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count <= 2 else { return nil }
    let numbers = ends.map { $0.isEmpty ? nil : Int32($0) }
    guard zip(ends, numbers).allSatisfy({ $0.isEmpty || ($1 ?? -1) >= 0 }) else { return nil }
    if numbers.count == 1 { return numbers[0].map { [$0..<max($0, $0 &+ 1)] } }
    let first = numbers[0] ?? 0
    return [first..<max(first, numbers[1] ?? .max)]
  }

  /// Those of the topics that may have such partitions.
  func topics(_ names: [String]) -> [String] {
    names.filter { name in
      rules.contains { $0.topic?.matching([name]).isEmpty != true }
    }
  }

  func includes(_ partition: TopicPartition) -> Bool {
    rules.contains { $0.includes(partition) }
  }
}
