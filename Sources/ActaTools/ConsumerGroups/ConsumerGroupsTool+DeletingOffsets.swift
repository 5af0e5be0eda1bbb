import ActaClient
import Arguments

extension ConsumerGroupsTool {
  func deleteOffsets(_ admin: Admin, _ console: Console) async throws {
    let groups = invocation[Options.group]
    guard let group = groups.first, groups.count == 1 else {
      throw ToolError("Found multiple arguments for option group, but you asked for only one")
    }
    let (partitions, missing) = try await partitions(admin)
    let deletion = await Deletion(admin, group, partitions, missing: missing)
    if let sentence = deletion.failure {
      Self.printError(sentence, to: console)
    } else {
      console.output.write("Request succeeded for deleting offsets from group \(group).\n")
    }
    console.output.write(deletion.table.linesBehindFeeds)
  }

  /// The partitions that are meant, and why there are none of a topic.
  private func partitions(
    _ admin: Admin
  ) async throws -> (Set<TopicPartition>, [String: KafkaError]) {
    var partitions = Set<TopicPartition>()
    var missing: [String: KafkaError] = [:]
    let arguments = invocation[Options.topic]
    for argument in arguments where argument.utf8.contains(UInt8(ascii: ":")) {
      partitions.formUnion(try TopicArgument.partitions(argument))
    }
    let whole = arguments.filter { !$0.utf8.contains(UInt8(ascii: ":")) }
    if whole.isEmpty { return (partitions, missing) }
    do throws(KafkaError) {
      for (topic, result) in try await admin.describeTopics(whole) {
        switch result {
        case .success(let found):
          partitions.formUnion(found.partitions.map { TopicPartition(topic, $0.partition) })
        case .failure(let error): missing[topic] = error
        }
      }
    } catch {
      for topic in whole { missing[topic] = error }
    }
    return (partitions, missing)
  }
}

/// What became of offsets that were to be deleted.
private struct Deletion {
  /// The sentence, if not all went well.
  private(set) var failure: String?
  private var rows: [(topic: String, partition: String, status: String)] = []

  init(
    _ admin: Admin, _ group: String, _ partitions: Set<TopicPartition>,
    missing: [String: KafkaError]
  ) async {
    var errors: [TopicPartition: KafkaError] = [:]
    do throws(KafkaError) {
      for (partition, result) in try await admin.deleteGroupOffsets(group, of: partitions) {
        if case .failure(let error) = result { errors[partition] = error }
      }
    } catch {
      failure = Self.sentence(error)
      for partition in partitions { errors[partition] = error }
    }
    // Where nobody could be asked about topics, there is nobody who would have been told.
    if partitions.isEmpty, let error = missing.values.first, error.code == nil {
      failure = Self.sentence(error)
    }
    if failure == nil { failure = errors.min { $0.key < $1.key }.map { Self.sentence($0.value) } }
    rows = partitions.map { ($0.topic, "\($0.partition)", Self.status(errors[$0])) }
    rows += missing.map { ($0.key, "-", Self.status($0.value)) }
    // By what topic and number are as one text, as in Kafka.
    rows.sort {
      ($0.topic + $0.partition).utf8.lexicographicallyPrecedes(($1.topic + $1.partition).utf8)
    }
  }

  var table: TextTable {
    var table = TextTable([
      .init("TOPIC", minimumWidth: 15), .init("PARTITION", width: 10), .init("STATUS", width: 15),
    ])
    for row in rows { table.append([row.topic, row.partition, row.status]) }
    return table
  }

  private static func status(_ error: KafkaError?) -> String {
    error.map { "Error: " + JavaFailure($0, in: .execution).message } ?? "Successful"
  }

  private static func sentence(_ error: KafkaError) -> String {
    switch error.code {
    case Code.invalidGroupID, Code.groupIDNotFound, Code.groupAuthorizationFailed,
      Code.nonEmptyGroup:
      error.message
    case Code.groupSubscribedToTopic, Code.topicAuthorizationFailed, Code.unknownTopicOrPartition:
      "Encountered some partition-level error, see the follow-up details."
    default:
      "Encountered some unknown error: " + (error.code == nil ? "REQUEST_TIMED_OUT" : "\(error)")
    }
  }

  private enum Code {
    static let unknownTopicOrPartition: Int16 = 3
    static let invalidGroupID: Int16 = 24
    static let topicAuthorizationFailed: Int16 = 29
    static let groupAuthorizationFailed: Int16 = 30
    static let nonEmptyGroup: Int16 = 68
    static let groupIDNotFound: Int16 = 69
    static let groupSubscribedToTopic: Int16 = 86
  }
}
