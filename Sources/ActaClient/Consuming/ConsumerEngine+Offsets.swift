import ActaModel
import ClientCore
import Coordination
import KafkaWire
import Transport

// Ends of logs, and records by their time.
extension ConsumerEngine {
  struct Found {
    let offset: Int64
    let timestamp: Int64
    let leaderEpoch: Int32
  }

  /// Asks the leaders for offsets by time (epoch milliseconds, or one of the negative values that stand for an
  /// end).
  ///
  /// - Parameters:
  ///   - each: Told once for each partition; `nil` where no record is that late.
  ///   - done: Told after all of them.
  func lookUp(
    _ questions: [CorePartition: Int64],
    each: @escaping (CorePartition, Result<Found?, ClientFailure>) -> Void,
    done: @escaping () -> Void
  ) {
    if let end = network.end {
      for partition in questions.keys.sorted() { each(partition, .failure(end)) }
      return done()
    }
    var byNode: [Int32: [CorePartition]] = [:]
    var leaderless: [CorePartition] = []
    for partition in questions.keys.sorted() {
      if let leader = network.view.leader(of: partition) {
        byNode[leader, default: []].append(partition)
      } else {
        leaderless.append(partition)
      }
    }
    for partition in leaderless {
      let code = network.view.refusals[partition.topic] ?? .leaderNotAvailable
      each(
        partition,
        .failure(ClientFailure(code, topic: partition.topic, partition: partition.partition)))
    }
    if !leaderless.isEmpty { network.follow(Set(leaderless.map(\.topic))) }
    var left = byNode.count
    if left == 0 { return done() }
    for (node, partitions) in byNode {
      let request = ListOffsetsRequest(
        partitions.map { ($0, questions[$0] ?? -1) }, isReadCommitted: settings.isReadCommitted)
      network.send(to: node) { versions throws(ClientFailure) in
        (request, try versions.newest(of: .listOffsets, from: 1))
      } completion: { answer in
        let answers = answer.map { $0.byPartition }
        for partition in partitions {
          each(
            partition,
            answers.flatMap { Self.found($0[partition], partition) }.mapError { $0.at(node) })
        }
        left -= 1
        if left == 0 { done() }
      }
    }
  }

  /// The same for a caller: all of them, and again for as long as a leader is not known or moves.
  func offsets(
    _ questions: [CorePartition: Int64], until deadline: Int64, attempt: Int = 1,
    since began: Instant? = nil,
    completion: @escaping (Result<[TopicPartition: OffsetAndTimestamp], ClientFailure>) -> Void
  ) {
    network.follow(Set(questions.keys.map(\.topic)))
    let began = began ?? now
    var found: [TopicPartition: OffsetAndTimestamp] = [:]
    var failure: ClientFailure?
    lookUp(questions) { partition, answer in
      switch answer {
      case .success(let place):
        guard let place else { return }
        found[TopicPartition(partition)] = OffsetAndTimestamp(
          offset: place.offset, timestamp: place.timestamp,
          leaderEpoch: place.leaderEpoch < 0 ? nil : place.leaderEpoch)
      case .failure(let error): failure = failure ?? error
      }
    } done: { [weak self] in
      guard let failure else { return completion(.success(found)) }
      let wait = self?.settings.retryBackoff.milliseconds(after: attempt, chance: 0.5) ?? 0
      guard let self else { return completion(.failure(failure)) }
      guard failure.isRetriable, now.milliseconds + wait < deadline else {
        let waited = now.milliseconds - began.milliseconds
        let isUnreached = failure.isRetriable && network.view.nodes.isEmpty
        return completion(.failure(isUnreached ? network.nobodyReached(within: waited) : failure))
      }
      let again = { [weak self] in
        guard let self else { return completion(.failure(failure)) }
        offsets(
          questions, until: deadline, attempt: attempt + 1, since: began, completion: completion)
      }
      network.refresh()
      let lacksLeaders = questions.keys.contains { self.network.view.leader(of: $0) == nil }
      guard lacksLeaders else {
        loop.schedule(afterMilliseconds: wait, again)
        return
      }
      // A consumer that has just begun waits for its picture of the cluster, and not longer.
      let number = (leadersWanted.keys.max() ?? 0) + 1
      leadersWanted[number] = LeadersWanted(of: Set(questions.keys), again: again)
      loop.schedule(afterMilliseconds: wait) { [weak self] in
        guard let self else { return again() }
        leadersWanted.removeValue(forKey: number)?.again()
      }
    }
  }

  /// A question that waits until it is known who leads its partitions, or for its time.
  struct LeadersWanted {
    let partitions: Set<CorePartition>
    let again: () -> Void

    init(of partitions: Set<CorePartition>, again: @escaping () -> Void) {
      self.partitions = partitions
      self.again = again
    }
  }

  /// The picture has changed: who has waited for leaders that are known now asks them.
  func askKnownLeaders() {
    if leadersWanted.isEmpty { return }
    let view = network.view
    let known = leadersWanted.filter { wanted in
      wanted.value.partitions.allSatisfy { view.leader(of: $0) != nil }
    }
    for number in known.keys { leadersWanted[number] = nil }
    for (_, wanted) in known.sorted(by: { $0.key < $1.key }) { wanted.again() }
  }

  private static func found(
    _ answer: ListOffsetsResponse.Partition?, _ partition: CorePartition
  ) -> Result<Found?, ClientFailure> {
    guard let answer else {
      return .failure(
        ClientFailure(.malformedAnswer, "The broker says nothing of \(partition)."))
    }
    guard answer.errorCode == .none else {
      return .failure(
        ClientFailure(answer.errorCode, topic: partition.topic, partition: partition.partition))
    }
    if answer.offset < 0 { return .success(nil) }
    return .success(
      Found(offset: answer.offset, timestamp: answer.timestamp, leaderEpoch: answer.leaderEpoch))
  }
}
