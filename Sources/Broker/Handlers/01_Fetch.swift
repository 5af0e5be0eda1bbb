import ActaModel
import KafkaConfig
import KafkaWire
import LogStorage

/// Fetch, versions 4–18.
///
/// Sessions (v7+) are declined with id 0, which is allowed: for one node they save only bytes of the
/// request. A session id that a client brings is therefore never known here.
///
/// Answers at once when there are enough bytes, an error, or no time to wait; otherwise parks and
/// reads anew when a high watermark or a last stable offset moves or time is up. An answer with too little waits for the sync
/// under way if there is more where it ends, however little time there is: a producer may have been
/// told of it (acks=1).
///
/// Who reads only what is committed gets records up to the last stable offset, with word of the transactions
/// among them that were aborted, and waits for that offset in place of the high watermark.
///
/// Rights: READ of each topic, asked once, however often it is read anew; CLUSTER_ACTION of whoever
/// calls itself a replica.
///
/// - v5: log start offset. v9: the leader epoch is checked. v10: zstd may be in the batches.
///   v11: preferred read replica (-1).
///   v12: flexible. v13: topic ids.
struct FetchHandler: Handler {
  let broker: Broker

  func handle(
    _ request: FetchRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<FetchResponse>) -> Void
  ) {
    if Self.isReplica(request), !context.session.authorize(.clusterAction, .cluster) {
      return respond(.response(Self.denial(of: request)))
    }
    if let refusal = Self.objection(to: request, version: context.version) {
      var response = FetchResponse()
      response.errorCode = refusal
      respond(.response(response))
      return
    }
    var request = request
    request.mergeRepeats()
    let wait = Int64(max(0, min(request.maxWaitMilliseconds, Self.longestWaitMilliseconds)))
    let poll = LongPoll(
      broker: broker, request: request, context: context, refusals: refusals(request, context),
      deadlineMilliseconds: context.connection.executor.nowMilliseconds + wait, respond: respond)
    poll.attempt()
  }

  /// LogEngine/DURABILITY.md §6, B5.
  private static let longestWaitMilliseconds: Int32 = 60_000

  /// For each topic of the request why none of its partitions may be read, if so.
  private func refusals(_ request: FetchRequest, _ context: RequestContext) -> [ErrorCode?] {
    request.topics.map { topic in
      do throws(ProtocolError) {
        guard context.version >= 13 else {
          try context.session.require(.read, .topic(topic.topic))
          return nil
        }
        _ = try broker.topic(
          named: "", id: topic.topicID, byID: true, to: .read, for: context.session)
        return nil
      } catch {
        return error.code
      }
    }
  }

  private static func isReplica(_ request: FetchRequest) -> Bool {
    request.replicaID >= 0 || request.replicaState.replicaID >= 0
  }

  /// In Kafka's words: as if it had no right to any of the topics.
  private static func denial(of request: FetchRequest) -> FetchResponse {
    var response = FetchResponse()
    response.responses = request.topics.map { topic in
      var answer = FetchResponse.Topic()
      answer.topic = topic.topic
      answer.topicID = topic.topicID
      answer.partitions = topic.partitions.map { partition in
        var data = FetchResponse.Partition()
        data.partitionIndex = partition.partition
        data.refuse(.topicAuthorizationFailed)
        return data
      }
      return answer
    }
    return response
  }

  private static func objection(to request: FetchRequest, version: Int16) -> ErrorCode? {
    // Only a broker of the same cluster may call itself a replica, and there is none.
    if isReplica(request) { return .invalidRequest }
    // 0 asks for a session, and -1 for none; whatever else goes on with one.
    if request.sessionEpoch != 0 && request.sessionEpoch != -1 { return .fetchSessionIDNotFound }
    return nil
  }
}

extension FetchRequest {
  /// Of a partition that is asked for more than once, the last word counts, in the place of the first,
  /// as in Kafka.
  fileprivate mutating func mergeRepeats() {
    if topics.count == 1, topics[0].partitions.count == 1 { return }
    struct Key: Hashable {
      let name: ExactText
      let id: TopicID
      let partition: Int32
    }
    let asked = topics.flatMap { topic in topic.partitions.map { (topic, $0) } }
    let distinct = Distinct(
      asked.lazy.map { topic, partition in
        Key(name: ExactText(topic.topic), id: topic.topicID, partition: partition.partition)
      })
    guard distinct.items.count < asked.count else { return }
    var last = Array(repeating: 0, count: distinct.items.count)
    for (index, place) in distinct.places.enumerated() { last[place] = index }
    var merged: [Topic] = []
    for index in last {
      var (topic, partition) = asked[index]
      if let before = merged.last, ExactText(before.topic) == ExactText(topic.topic),
        before.topicID == topic.topicID
      {
        merged[merged.count - 1].partitions.append(partition)
      } else {
        topic.partitions = [partition]
        merged.append(topic)
      }
    }
    topics = merged
  }
}

/// One Fetch request under way: reads, and waits if it may.
private struct LongPoll: Sendable {
  let broker: Broker
  let request: FetchRequest
  let context: RequestContext
  /// One for each topic of the request.
  let refusals: [ErrorCode?]
  let deadlineMilliseconds: Int64
  let respond: @Sendable (Outcome<FetchResponse>) -> Void
  /// For what is committed and cannot be seen yet.
  var hasWaited = false

  private var isolation: IsolationLevel { IsolationLevel(wire: request.isolationLevel) }

  /// One partition of the request: refused, or to be read.
  private enum Target {
    case refused(ErrorCode)
    case read(PartitionRead)
  }

  /// - Parameter grant: The room that the fetch has waited for.
  /// - Parameter mayReadTables: It has waited for its turn to read from the tables.
  func attempt(_ grant: AnswerAdmission.Grant? = nil, mayReadTables: Bool = false) {
    let targets = zip(request.topics, refusals).flatMap { topic, refusal in
      topic.partitions.map { refusal.map(Target.refused) ?? target($0, of: topic) }
    }
    let reads = targets.compactMap { target in
      if case .read(let read) = target { read } else { nil }
    }
    guard !reads.isEmpty else {
      respond(.response(response(targets, [])))
      if let grant { broker.answers.end(grant) }
      if mayReadTables { broker.tableReads.end() }
      return
    }
    guard let grant = grant ?? broker.answers.fetchNow(for: context.connection) else {
      if mayReadTables { broker.tableReads.end() }
      return waitForRoom()
    }
    read(reads, for: targets, grant, mayReadTables: mayReadTables)
  }

  private func read(
    _ reads: [PartitionRead], for targets: [Target], _ grant: AnswerAdmission.Grant,
    mayReadTables: Bool
  ) {
    let (answers, tableReads) = (broker.answers, broker.tableReads)
    let maxBytes = max(0, min(Int(request.maxBytes), broker.config.fetchMaxBytes, grant.bytes))
    let part: PartialRead
    switch broker.storage.readFromMemory(reads, maxBytes: maxBytes) {
    case .part(let found): part = found
    case .whole(let results):
      settle(targets, reads, results, maxBytes: maxBytes)
      answers.end(grant)
      if mayReadTables { tableReads.end() }
      return
    }
    guard mayReadTables || tableReads.begin() else {
      answers.end(grant)
      return waitForTables()
    }
    let counted = answers.reserve(grant)
    broker.storage.readFromTables(part) { [self] results in
      context.connection.executor.run {
        settle(targets, reads, results, maxBytes: maxBytes)
        answers.end(counted)
        tableReads.end()
      }
    }
  }

  private func waitForRoom() {
    broker.answers.wait(for: nil, on: context.connection) { grant in
      context.connection.executor.execute { attempt(grant) }
    } refuse: {
      stop()
    }
  }

  private func waitForTables() {
    broker.tableReads.wait(on: context.connection) {
      context.connection.executor.execute { attempt(mayReadTables: true) }
    } refuse: {
      stop()
    }
  }

  private func stop() { respond(.close(reason: "the broker stops")) }

  private func target(
    _ partition: FetchRequest.Partition, of wireTopic: FetchRequest.Topic
  ) -> Target {
    do throws(ProtocolError) {
      let topic = try broker.topic(
        named: wireTopic.topic, id: wireTopic.topicID, byID: context.version >= 13)
      let id = try broker.partition(partition.partition, of: topic)
      try broker.checkLeaderEpoch(partition.currentLeaderEpoch)
      guard let bounds = broker.storage.bounds(of: id) else {
        throw ProtocolError(.unknownTopicOrPartition)
      }
      let readable = bounds.logStartOffset...max(bounds.logStartOffset, bounds.logEndOffset)
      // Nobody can have read records of an epoch that is yet to come.
      guard let offset = Offset(exactly: partition.fetchOffset), readable.contains(offset),
        LeaderEpoch(partition.lastFetchedEpoch) <= broker.storage.identity.leaderEpoch
      else {
        throw ProtocolError(.offsetOutOfRange)
      }
      return .read(
        PartitionRead(
          partition: id, offset: offset, maxBytes: Int(max(0, partition.partitionMaxBytes)),
          isolation: isolation))
    } catch {
      return .refused(error.code)
    }
  }

  private func settle(
    _ targets: [Target], _ reads: [PartitionRead],
    _ results: [Result<ReadOutcome, StorageError>], maxBytes: Int
  ) {
    let failed = results.contains { if case .failure = $0 { true } else { false } }
    let refused = targets.contains { if case .refused = $0 { true } else { false } }
    let bytes = results.reduce(0) { sum, result in
      guard case .success(let outcome) = result else { return sum }
      return outcome.batches.reduce(sum) { $0 + $1.count }
    }
    let executor = context.connection.executor
    let remaining = deadlineMilliseconds - executor.nowMilliseconds
    // More than the answer may hold is never there.
    let wanted = min(Int(request.minBytes), maxBytes)
    if failed || refused || bytes >= wanted || remaining <= 0 {
      let hidden = hasWaited || bytes >= max(1, wanted) ? [] : Self.hidden(reads, results)
      if !hidden.isEmpty { return attempt(onceVisible: hidden) }
      respond(.response(response(targets, results)))
      return
    }
    let seen = results.map { try? $0.get().bounds.end(for: isolation) }
    park(reads, seen: seen, milliseconds: remaining) {
      respond(.response(response(targets, results)))
    }
  }

  /// The partitions of which there are records where a read stands that cannot be seen yet: perhaps
  /// somebody has been told of them.
  private static func hidden(
    _ reads: [PartitionRead], _ results: [Result<ReadOutcome, StorageError>]
  ) -> [PartitionID] {
    zip(reads, results).compactMap { read, result in
      guard case .success(let outcome) = result,
        read.offset >= outcome.bounds.end(for: read.isolation),
        outcome.bounds.highWatermark < outcome.bounds.logEndOffset,
        read.offset < outcome.bounds.logEndOffset
      else { return nil }
      return read.partition
    }
  }

  /// Once and no more: where there is always another batch on its way, an answer would never come.
  private func attempt(onceVisible partitions: [PartitionID]) {
    var next = self
    next.hasWaited = true
    broker.storage.whenVisible(partitions) { [next] _ in
      // If the log has stopped, there is no more to see.
      next.context.connection.executor.run { next.attempt() }
    }
  }

  /// - Parameter seen: Where what may be read ended, as each read saw it.
  /// - Parameter answer: What to do when too many wait already.
  private func park(
    _ reads: [PartitionRead], seen: [Offset?], milliseconds: Int64, orElse answer: () -> Void
  ) {
    let token = broker.fetchWaiters.park(
      connection: context.connection, partitions: Set(reads.map(\.partition)),
      milliseconds: milliseconds
    ) { attempt() }
    guard let token else { return answer() }
    let bounds = reads.map { broker.storage.bounds(of: $0.partition) }
    let moved = reads.indices.contains { index in
      bounds[index]?.end(for: reads[index].isolation) != seen[index]
    }
    if moved {
      if broker.fetchWaiters.unpark(token) { attempt() }
    } else if bounds.contains(where: { $0.map { $0.highWatermark < $0.logEndOffset } == true }) {
      broker.storage.hastenSync()
    }
  }

  private func response(
    _ targets: [Target], _ results: [Result<ReadOutcome, StorageError>]
  ) -> FetchResponse {
    var nextTarget = targets.makeIterator()
    var nextResult = results.makeIterator()
    var response = FetchResponse()
    response.responses = request.topics.lazy.filter { !$0.partitions.isEmpty }.map { topic in
      var answer = FetchResponse.Topic()
      answer.topic = topic.topic
      answer.topicID = topic.topicID
      answer.partitions = topic.partitions.map { partition in
        var data = FetchResponse.Partition()
        data.partitionIndex = partition.partition
        switch nextTarget.next() {
        case .refused(let code): data.refuse(code)
        case .read:
          data.fill(
            nextResult.next(), isolation: isolation, allowsZstd: context.version >= 10)
        case nil: data.refuse(.unknownServerError)
        }
        return data
      }
      return answer
    }
    return response
  }
}
