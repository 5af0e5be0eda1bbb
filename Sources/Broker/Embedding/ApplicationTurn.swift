import ActaModel
import BatchCodec
import Coordination
import KafkaConfig
package import LogStorage
import Threads

/// A turn of the log as a program sees it that has the broker in it: what it appends is validated as anybody's is,
/// positions are committed at the end. Valid as long as the closure runs that is lent it.
package final class ApplicationTurn {
  /// Records of one transaction: they are in memory until it is committed.
  private static let maxBytes = 32 << 20

  private let broker: Broker
  private let rows: any LogTurn
  private let deadline: Int64
  private let statements: (any ApplicationSQL)?
  private var bytesLeft = maxBytes
  /// Of records without a key: one for each topic, as a producer's batches go.
  private var chosen: [TopicID: Int32] = [:]
  private(set) var commits: [(request: ApplicationCommit, positions: [PositionToCommit])] = []
  /// A topic that is to be made before this can be.
  private(set) var missingTopic: String?
  private var storageFailure: (any Error)?
  private var isOver = false

  /// - Parameter deadline: Monotonic milliseconds.
  init(_ broker: Broker, in rows: any LogTurn, until deadline: Int64) throws {
    self.broker = broker
    self.rows = rows
    self.deadline = deadline
    statements = try rows.applicationSQL(until: deadline)
  }

  /// What must end the whole turn, whatever the closure has made of it.
  var failure: (any Error)? { storageFailure ?? statements?.turnFailure }

  func end() { isOver = true }

  private func check() throws(ApplicationRefusal) {
    if isOver { throw .ended }
    if let failure {
      throw .refused(.unknownServerError, "the transaction has failed already: \(failure)")
    }
    if Clock.monotonicMilliseconds() >= deadline {
      throw .tooLong("the transaction's time is up: what shares the log waits for it")
    }
  }

  // MARK: SQL

  package func run(
    _ statement: String, with values: [ColumnValue]
  ) throws(ApplicationRefusal) -> SQLAnswer {
    try check()
    guard let statements else {
      throw .refused(.unsupportedVersion, "what keeps this log has no SQL")
    }
    do {
      return try statements.run(statement, with: values)
    } catch {
      throw .sql(error)
    }
  }

  // MARK: Records

  package func append(_ record: ApplicationRecord) throws(ApplicationRefusal) -> AppendedRecord {
    try check()
    guard record.size <= bytesLeft else {
      throw .refused(
        .messageTooLarge, "a transaction appends at most \(Self.maxBytes >> 20) MiB of records")
    }
    let topic = try topic(named: record.topic)
    let number = try number(for: record, of: topic)
    let subject = "\(topic.name)-\(number)"
    do {
      let partition = try broker.partition(number, of: topic)
      let batch = try batch(of: record, to: topic, subject)
      let appended = try rows.append(batch, to: partition)
        .mapError { ProtocolError($0, about: subject) }.get()
      bytesLeft -= record.size
      return AppendedRecord(
        partition: number, offset: appended.baseOffset.value,
        timestamp: appended.logAppendTime ?? batch.header.maxTimestamp)
    } catch let error as ProtocolError {
      throw ApplicationRefusal(error)
    } catch {
      storageFailure = error
      throw .refused(.kafkaStorageError, String(describing: error))
    }
  }

  private func topic(named name: String) throws(ApplicationRefusal) -> Topic {
    if let topic = rows.catalog[name] {
      guard !topic.isInternal else {
        throw .refused(.invalidTopicException, "\(name) is an internal topic.")
      }
      return topic
    }
    if broker.config.autoCreateTopics, !Broker.isReserved(name) { missingTopic = name }
    throw .unknownTopic(name)
  }

  private func number(
    for record: ApplicationRecord, of topic: Topic
  ) throws(ApplicationRefusal) -> Int32 {
    let count = Int32(topic.partitions.count)
    if let given = record.partition {
      guard (0..<count).contains(given) else {
        throw .refused(
          .unknownTopicOrPartition, "\(topic.name) has \(count) partitions, and no \(given)")
      }
      return given
    }
    if let key = record.key { return Partitioner.partition(forKey: key, count: count) }
    let number = chosen[topic.id] ?? Int32.random(in: 0..<count)
    chosen[topic.id] = number
    return number
  }

  private func batch(
    of record: ApplicationRecord, to topic: Topic, _ subject: String
  ) throws(ProtocolError) -> ProducedBatch {
    var builder = BatchBuilder()
    builder.append(
      timestamp: record.timestamp ?? rows.now, key: record.key, value: record.value,
      headers: record.headers)
    var rules = broker.settings(of: topic).batchRules
    rules.subject = subject
    do throws(BatchRejection) {
      return try ProducedBatch.validate(builder.finish(), rules: rules, now: rows.now)
    } catch {
      throw ProtocolError(error)
    }
  }

  // MARK: Positions

  /// They are committed at the end of the turn.
  package func commit(_ request: ApplicationCommit) throws(ApplicationRefusal) {
    try check()
    var positions: [PositionToCommit] = []
    for position in request.positions {
      let topic = try topic(named: position.topic)
      do throws(ProtocolError) {
        positions.append(try PositionToCommit(position, of: topic, broker))
      } catch {
        throw ApplicationRefusal(error)
      }
    }
    commits.append((request, positions))
  }
}

extension ApplicationCommit.Position: PositionOnWire {
  var partitionIndex: Int32 { partition }
  var committedOffset: Int64 { offset }
  var committedLeaderEpoch: Int32 { leaderEpoch }
  var committedMetadata: String? { metadata }
}
