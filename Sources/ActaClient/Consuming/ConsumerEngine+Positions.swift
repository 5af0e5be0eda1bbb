import ActaModel
import ClientCore
import Coordination
import KafkaWire
import Threads

// Where the consumer stands: where it begins, and whether that is still in the log.
extension ConsumerEngine {
  func askForCommitted(_ questions: [Fetcher.Question], at now: Instant) {
    if questions.isEmpty { return }
    // Without a group there is no committed position.
    guard let group else { return begin(questions, [:]) }
    group.committed(
      questions.map(\.partition), mustBeStable: true,
      until: now.milliseconds + settings.requestTimeoutMilliseconds
    ) { [weak self] answer in
      guard let self else { return }
      switch answer {
      case .success(let offsets): begin(questions, offsets)
      case .failure(let failure):
        for question in questions { fetcher.failed(question, at: self.now) }
        if !failure.isRetriable { buffer.fail([failure]) }
      }
      pump()
    }
  }

  private func begin(_ questions: [Fetcher.Question], _ offsets: GroupPositions.Offsets) {
    for question in questions {
      let found = offsets[question.partition]
      let failure = fetcher.committed(
        question, found?.offset, leaderEpoch: found?.leaderEpoch ?? -1)
      publish(question)
      if let failure { buffer.fail([failure]) }
    }
    // Those without one have their ends asked for.
    mustPumpAgain = true
  }

  func askForOffsets(
    _ wanted: [(question: Fetcher.Question, to: ConsumerSettings.OffsetReset)], at now: Instant
  ) {
    if wanted.isEmpty { return }
    let clock = Clock.epochMilliseconds()
    let times = Dictionary(
      wanted.map { ($0.question.partition, $0.to.timestamp(at: clock)) },
      uniquingKeysWith: { first, _ in first })
    let questions = Dictionary(
      wanted.map { ($0.question.partition, $0.question) }, uniquingKeysWith: { first, _ in first })
    lookUp(times) { [weak self] partition, answer in
      guard let self, let question = questions[partition] else { return }
      switch answer {
      case .success(let found):
        fetcher.found(question, found?.offset, leaderEpoch: found?.leaderEpoch ?? -1)
        publish(question)
      case .failure(let failure):
        if !failure.isRetriable { buffer.fail([failure]) }
        fetcher.failed(question, at: self.now)
      }
    } done: { [weak self] in
      self?.pump()
    }
  }

  // MARK: Logs that were cut (KIP-320)

  /// Asks the leaders of partitions whose epoch has risen where the epochs of the positions end by now.
  func askForEpochs(_ checks: [Fetcher.EpochCheck]) {
    for (node, checks) in Dictionary(grouping: checks, by: \.node) {
      network.send(to: node) { versions throws(ClientFailure) in
        // Before version 3 it is for brokers only.
        (
          OffsetForLeaderEpochRequest(checks),
          try versions.newest(of: .offsetForLeaderEpoch, from: 3)
        )
      } completion: { [weak self] answer in
        self?.take(answer.map(\.byPartition), to: checks)
      }
    }
  }

  private func take(
    _ answer: Result<[CorePartition: OffsetForLeaderEpochResponse.EpochEndOffset], ClientFailure>,
    to checks: [Fetcher.EpochCheck]
  ) {
    for check in checks {
      let partition = check.question.partition
      let end = answer.flatMap { ends in
        ends[partition].map { .success($0) } ?? .failure(.nothingSaid(of: "\(partition)"))
      }
      switch end {
      case .success(let end) where end.errorCode == .none: take(end, to: check)
      case .success(let end):
        if end.errorCode.meansOldMetadata { network.refresh() }
        if !end.errorCode.isRetriable {
          buffer.fail([
            ClientFailure(
              end.errorCode, topic: partition.topic, partition: partition.partition
            ).at(check.node)
          ])
        }
        fetcher.failed(check.question, at: now)
      case .failure(let failure) where failure.reason == .unsupportedVersion:
        fetcher.passed(check)
      case .failure: fetcher.failed(check.question, at: now)
      }
    }
    pump()
  }

  private func take(
    _ end: OffsetForLeaderEpochResponse.EpochEndOffset, to check: Fetcher.EpochCheck
  ) {
    let failure = fetcher.checked(
      check, end: end.leaderEpoch < 0 || end.endOffset < 0 ? nil : (end.endOffset, end.leaderEpoch),
      delivered: buffer.delivered[check.question.partition]?.offset)
    publish(check.question)
    if let failure { buffer.fail([failure]) }
  }
}
