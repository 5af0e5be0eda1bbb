import ActaModel
import Coordination
import KafkaConfig
import KafkaWire
import LogStorage

/// DescribeTransactions, version 0: transactional ids and what their ongoing transactions have written to.
/// A group that is to commit positions shows as the partition of Kafka's `__consumer_offsets` that it would
/// be kept in there.
///
/// Rights: DESCRIBE of each transactional id, and of each topic; those without are not shown.
struct DescribeTransactionsHandler: Handler {
  /// A slice is one turn of the log, and produces wait for it.
  private static let idsPerSlice = 1_000

  let broker: Broker

  func handle(
    _ request: DescribeTransactionsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<DescribeTransactionsResponse>) -> Void
  ) {
    let asked = Distinct(request.transactionalIDs.lazy.map(ExactText.init))
    let checked = asked.items.map { id in
      Result { () throws(ProtocolError) in
        try context.session.require(.describe, .transactionalID(id.text))
        return id
      }
    }
    look(for: checked[...], found: []) { result in
      switch result {
      case .success(let found):
        // Here others wait for what is synced, and ids may have thousands of partitions to measure.
        broker.background.execute {
          respond(.large(answer(to: request, asked, found, context.session)))
        }
      case .failure(let error):
        respond(.response(.init(request.transactionalIDs.map { .refusal(of: $0, error.code) })))
      }
    }
  }

  /// A slice of the ids after the other.
  private func look(
    for checked: ArraySlice<Checked<ExactText>>, found: [Checked<TransactionRow>],
    completion: @escaping @Sendable (Checked<[Checked<TransactionRow>]>) -> Void
  ) {
    let slice = checked.prefix(Self.idsPerSlice)
    guard !slice.isEmpty else { return completion(.success(found)) }
    broker.transactions.perform { coordinator, _, _ in
      slice.map { check in
        check.flatMap { id -> Checked<TransactionRow> in
          guard !id.text.isEmpty else { return .failure(ProtocolError(.invalidRequest)) }
          return coordinator[id.text].map { .success($0) }
            ?? .failure(ProtocolError(.transactionalIDNotFound))
        }
      }
    } completion: { result in
      switch result {
      case .success(let rows):
        look(for: checked.dropFirst(slice.count), found: found + rows, completion: completion)
      case .failure(let error): completion(.failure(error))
      }
    }
  }

  /// - Parameter found: What was found of each of the ids that were asked for.
  private func answer(
    to request: DescribeTransactionsRequest, _ asked: Distinct<ExactText>,
    _ found: [Checked<TransactionRow>], _ session: Session
  ) -> LargeAnswer<DescribeTransactionsResponse> {
    let catalog = broker.storage.catalog()
    let offsets = OffsetsTopic(partitionCount: broker.config.groups.offsetsTopicPartitionCount)
    // Once for each id, however often it is named.
    let sizes = zip(asked.items, found).map { id, found in
      AnswerSize.text(id.text) + Self.size(of: found, catalog)
    }
    let bytes = AnswerSize.sum(zip(sizes, asked.counts)) { $0 * $1 }
    return LargeAnswer(bytes: min(bytes, AnswerAdmission.largestBytes)) {
      var room = AnswerRoom()
      return .init(
        zip(request.transactionalIDs, asked.places).map { id, place in
          guard room.take(sizes[place]) else {
            return .refusal(of: id, ProtocolError.answerTooLarge.code)
          }
          switch found[place] {
          case .success(let row): return .init(row, catalog, offsets, session)
          case .failure(let error): return .refusal(of: id, error.code)
          }
        })
    }
  }

  private static func size(of found: Checked<TransactionRow>, _ catalog: Catalog) -> Int {
    guard case .success(let row) = found else { return AnswerSize.element }
    return AnswerSize.sum(row.partitions) { partition in
      AnswerSize.element + AnswerSize.text(catalog.location(of: partition)?.topic.name)
    } + (row.groups.count + 2) * AnswerSize.element
  }
}

/// Where Kafka keeps the positions of groups: here it is a table, and only the numbers of partitions are
/// told.
private struct OffsetsTopic {
  let partitionCount: Int

  /// Kafka's: by the hash that Java has for the name.
  func partition(of group: String) -> Int32 {
    let hash = group.utf16.reduce(Int32(0)) { 31 &* $0 &+ Int32($1) }
    return (hash == .min ? 0 : abs(hash)) % Int32(clamping: partitionCount)
  }
}

extension DescribeTransactionsResponse {
  fileprivate init(_ transactions: [Transaction]) {
    self.init()
    transactionStates = transactions
  }
}

extension DescribeTransactionsResponse.Transaction {
  fileprivate static func refusal(of transactionalID: String, _ code: ErrorCode) -> Self {
    var transaction = Self()
    transaction.transactionalID = transactionalID
    transaction.errorCode = code
    return transaction
  }

  fileprivate init(
    _ row: TransactionRow, _ catalog: Catalog, _ offsets: OffsetsTopic, _ session: Session
  ) {
    self.init()
    transactionalID = row.transactionalID
    state = row.state.rawValue
    timeoutMilliseconds = row.timeoutMilliseconds
    startTimeMilliseconds = row.startedAt ?? -1
    producerID = row.producer.id.value
    producerEpoch = row.producer.epoch
    var byName: [String: Set<Int32>] = [:]
    for partition in row.partitions {
      // Deleted since: there is nothing left of it to commit.
      guard let (topic, number) = catalog.location(of: partition) else { continue }
      byName[topic.name, default: []].insert(number)
    }
    for group in row.groups {
      byName["__consumer_offsets", default: []].insert(offsets.partition(of: group.text))
    }
    topics = byName.sorted { $0.key < $1.key }.compactMap { name, numbers in
      guard session.authorize(.describe, .topic(name)) else { return nil }
      var topic = DescribeTransactionsResponse.Topic()
      topic.topic = name
      topic.partitions = numbers.sorted()
      return topic
    }
  }
}
