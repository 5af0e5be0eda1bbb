import ActaModel
import BatchCodec
import ModelLiterals
import Testing

@testable import Coordination

@Suite("Partition log") struct PartitionLogTests {
  private static let day: Int64 = 86_400_000

  @Test("a transcript: batches follow one another, a resent one is known, a gap is refused")
  func transcript() {
    var log = PartitionLog(PartitionRow(id: PartitionID(1)))
    log.learn(nil, of: 7)
    #expect(log.write(header(records: 2, producer: 7, sequence: 0)) == .accept)
    #expect(log.write(header(records: 3, producer: 7, sequence: 2)) == .accept)
    #expect(log.row.nextOffset == 5)
    #expect(
      log.write(header(records: 2, producer: 7, sequence: 0))
        == .duplicate(baseOffset: 0, appendedAt: 0))
    #expect(
      log.write(header(records: 1, producer: 7, sequence: 6)) == .outOfOrder(expected: 5, found: 6))
    #expect(log.write(header(records: 1, producer: 7, epoch: 2, sequence: 0)) == .accept)
    #expect(
      log.write(header(records: 1, producer: 7, epoch: 1, sequence: 5)) == .staleEpoch(known: 2))
    #expect(
      log.write(header(records: 1, producer: 7, epoch: 3, sequence: 4))
        == .outOfOrder(expected: 0, found: 4))
    // What is not idempotent is not judged.
    #expect(log.write(header(records: 1)) == .accept)
    #expect(log.row.nextOffset == 7)
    #expect(log.row.recordCount == 7)
  }

  @Test("sequences wrap from the largest to zero")
  func wrap() {
    var log = PartitionLog(PartitionRow(id: PartitionID(1)))
    log.learn(nil, of: 7)
    #expect(log.write(header(records: 2, producer: 7, sequence: .max - 1)) == .accept)
    #expect(log.write(header(records: 1, producer: 7, sequence: 0)) == .accept)
  }

  @Test("a sixth batch pushes the first out of what is remembered")
  func window() {
    var log = PartitionLog(PartitionRow(id: PartitionID(1)))
    log.learn(nil, of: 7)
    for sequence in 0..<Int32(6) {
      #expect(log.write(header(records: 1, producer: 7, sequence: sequence)) == .accept)
    }
    #expect(
      log.write(header(records: 1, producer: 7, sequence: 1))
        == .duplicate(baseOffset: 1, appendedAt: 0))
    #expect(
      log.write(header(records: 1, producer: 7, sequence: 0)) == .outOfOrder(expected: 6, found: 0))
  }

  @Test("a producer that was silent for too long begins anew, just before that it does not")
  func expiration() {
    var log = PartitionLog(PartitionRow(id: PartitionID(1)))
    log.learn(nil, of: 7)
    #expect(log.write(header(records: 1, producer: 7, sequence: 0), at: 0) == .accept)
    let later = header(records: 1, producer: 7, sequence: 9)
    #expect(log.write(later, at: Self.day) == .outOfOrder(expected: 1, found: 9))
    #expect(log.write(later, at: Self.day + 1) == .accept)
  }

  @Test("a row is written for what no batch says, and once")
  func rowsToWrite() {
    var log = PartitionLog(PartitionRow(id: PartitionID(1)))
    #expect(log.write(header(records: 3)) == .accept)
    #expect(log.takeRow() == nil)
    #expect(log.hasUnsavedProducers)
    #expect(log.row.appended == LogSums(records: 3, bytes: 61))
    log.compact(recordCount: 1, sizeBytes: 11)
    #expect(log.takeRow() == log.row)
    #expect(log.takeRow() == nil)
    // What was deleted counts as appended all the same.
    #expect(log.row.appended == LogSums(records: 3, bytes: 61))
    #expect(log.row.sizeBytes == 50)
    log.moveStart(to: 3, recordCount: 2, sizeBytes: 50)
    #expect(log.takeRow()?.logStartOffset == 3)
    #expect(log.takeProducers().isEmpty)
    #expect(log.takeRow()?.producersThrough == 3)
    #expect(!log.hasUnsavedProducers)
  }

  @Test("a marker that is gone through tells epoch and coordinator; a raised epoch has no batch")
  func replayedMarkers() {
    var log = PartitionLog(PartitionRow(id: PartitionID(1), nextOffset: 3))
    #expect(!log.hasReplayed)
    log.learn(nil, of: 7)
    let sent = ProducerEvidence(
      producer: ProducerClaim(id: 7, epoch: 0), baseOffset: 0, lastOffset: 1, appendedAt: 5,
      kind: .records(firstSequence: 0, lastSequence: 1, isTransactional: true))
    let marker = ProducerEvidence(
      producer: ProducerClaim(id: 7, epoch: 1), baseOffset: 2, lastOffset: 2, appendedAt: 6,
      kind: .marker(coordinatorEpoch: 4))
    for evidence in [sent, marker] { log.replay(evidence, expirationMilliseconds: Self.day) }
    log.endReplay(ofBatches: 2)
    #expect(
      log.producer(7) == ProducerRow(epoch: 1, lastTimestamp: 6, batches: [], coordinatorEpoch: 4))
    #expect(log.batchesToReplay == 2)
  }

  @Test("the first batch of a leader epoch begins it, the largest timestamp is kept")
  func placement() {
    var log = PartitionLog(PartitionRow(id: PartitionID(1), nextOffset: 4, leaderEpoch: 1))
    let first = log.placement(
      of: header(records: 2, timestamp: 50), sizeBytes: 100, leaderEpoch: 2, now: 9)
    #expect(first.beginsEpoch)
    #expect((first.baseOffset, first.lastOffset) == (4, 5))
    log.append(header(records: 2, timestamp: 50), at: first, expirationMilliseconds: Self.day)
    let second = log.placement(
      of: header(records: 1, timestamp: 40), sizeBytes: 100, leaderEpoch: 2, now: 9)
    #expect(!second.beginsEpoch)
    #expect(second.runningMaxTimestamp == 50)
    #expect(second.baseOffset == 6)
  }

  @Test("times of appends do not go back when the clock does, nor over a restart")
  func appendTimes() {
    var log = PartitionLog(PartitionRow(id: PartitionID(1)))
    #expect(log.appendTime(now: 50) == 50)
    #expect(log.write(header(records: 1), at: 50) == .accept)
    #expect(log.appendTime(now: 40) == 50)
    #expect(log.appendTime(now: 51) == 51)
    var restarted = PartitionLog(log.row)
    #expect(!restarted.knowsLastAppend)
    restarted.learn(lastAppendedAt: 50)
    #expect(restarted.appendTime(now: 40) == 50)
    // Of a log whose batches are all gone nothing is known, and nothing can be out of order.
    var emptied = PartitionLog(log.row)
    emptied.learn(lastAppendedAt: nil)
    #expect(emptied.knowsLastAppend)
    #expect(emptied.appendTime(now: 40) == 40)
  }

  @Test("to write where the log does not end is a programming error")
  func notFollowing() async {
    await #expect(processExitsWith: .failure) {
      var log = PartitionLog(PartitionRow(id: PartitionID(1)))
      let batch = BatchHeader(
        baseOffset: 0, lastOffsetDelta: 0, baseTimestamp: 0, maxTimestamp: 0, recordCount: 1)
      let place = log.placement(of: batch, sizeBytes: 1, leaderEpoch: 0, now: 0)
      log.append(batch, at: place, expirationMilliseconds: 1)
      log.append(batch, at: place, expirationMilliseconds: 1)
    }
  }

  /// Random producers that send, resend, skip and age, through restarts and turns that are undone, while the rows of
  /// producers are written seldom: what batches tell since equals the live log, and what was accepted is each
  /// producer's sequence without a gap.
  @Test("random walks: rows and the batches since equal live state", arguments: 0..<6)
  func walk(number: UInt64) {
    var random = Dice(seed: 0xac7a_0000 + number)
    var live = PartitionLog(PartitionRow(id: PartitionID(1)))
    var tables = Tables()
    var walkers = (0..<4).map { Walker(id: Int64($0)) }
    var now: Int64 = 0
    for step in 0..<1_000 {
      now += Int64.random(in: 0...1_000, using: &random)
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<2:
        live = tables.restarted()
      case 2..<7:
        // A turn that is undone: the value from before comes back, and the tables never heard.
        let before = live
        _ = walkers.randomElement(using: &random)?.attempt(&random).map {
          live.learnFrom(tables, $0)
          _ = live.write($0, at: now)
        }
        live = before
      default:
        let index = Int.random(in: 0..<walkers.count, using: &random)
        let header = walkers[index].next(&random)
        live.learnFrom(tables, header)
        let verdict = live.write(header, at: now)
        walkers[index].heard(verdict, of: header)
        tables.fold(&live, header, verdict, at: now)
        if Int.random(in: 0..<40, using: &random) == 0 { tables.save(&live) }
      }
      let restarted = tables.restarted()
      if live.row != restarted.row
        || tables.batches.contains(where: { live.differs(from: restarted, in: $0) })
      {
        Issue.record("rows differ from the live log at step \(step), walk \(number)")
        return
      }
    }
    tables.save(&live)
    for walker in walkers {
      #expect(walker.acknowledged == Array(0..<Int32(walker.acknowledged.count)), "walk \(number)")
      for (id, row) in tables.producers where id.value == walker.id {
        #expect(row.batches.last?.lastSequence == walker.acknowledged.last)
      }
    }
    #expect(live.row.nextOffset.value == live.row.recordCount)
  }
}

private func header(
  records: Int32, producer: Int64 = -1, epoch: Int16 = 0, sequence: Int32 = -1,
  timestamp: Int64 = 0
) -> BatchHeader {
  BatchHeader(
    baseOffset: 0, lastOffsetDelta: records - 1, baseTimestamp: timestamp, maxTimestamp: timestamp,
    producerID: producer, producerEpoch: producer < 0 ? -1 : epoch, baseSequence: sequence,
    recordCount: records)
}

extension PartitionLog {
  /// Judges and, if it may, writes.
  fileprivate mutating func write(_ header: BatchHeader, at now: Int64 = 0) -> SequenceVerdict {
    let day: Int64 = 86_400_000
    let verdict = judge(header, now: now, expirationMilliseconds: day)
    guard verdict == .accept else { return verdict }
    let place = placement(of: header, sizeBytes: 61, leaderEpoch: 1, now: now)
    append(header, at: place, expirationMilliseconds: day)
    return verdict
  }

  fileprivate func differs(from other: PartitionLog, in evidence: ProducerEvidence) -> Bool {
    producer(evidence.producer.id) != other.producer(evidence.producer.id)
  }

  fileprivate mutating func learnFrom(_ tables: Tables, _ header: BatchHeader) {
    guard let producer = header.producer, !knows(producer: producer) else { return }
    learn(tables.producers[producer], of: producer)
  }
}

/// What a store keeps of one partition.
private struct Tables {
  var row = PartitionRow(id: PartitionID(1))
  var producers: [ProducerID: ProducerRow] = [:]
  /// Since the rows of producers were written.
  var batches: [ProducerEvidence] = []

  mutating func fold(
    _ live: inout PartitionLog, _ header: BatchHeader, _ verdict: SequenceVerdict, at now: Int64
  ) {
    row = live.row
    guard verdict == .accept, let producer = header.producer else { return }
    let last = row.nextOffset.value - 1
    batches.append(
      ProducerEvidence(
        producer: ProducerClaim(id: producer, epoch: header.producerEpoch),
        baseOffset: Offset(last - Int64(header.lastOffsetDelta)), lastOffset: Offset(last),
        appendedAt: now,
        kind: .records(
          firstSequence: header.baseSequence, lastSequence: header.lastSequence,
          isTransactional: false)))
  }

  mutating func save(_ live: inout PartitionLog) {
    for (id, producer) in live.takeProducers() { producers[id] = producer }
    row = live.takeRow() ?? row
    batches = []
  }

  func restarted() -> PartitionLog {
    var log = PartitionLog(row)
    for evidence in batches {
      if !log.knows(producer: evidence.producer.id) {
        log.learn(producers[evidence.producer.id], of: evidence.producer.id)
      }
      log.replay(evidence, expirationMilliseconds: 86_400_000)
    }
    log.endReplay(ofBatches: batches.count)
    return log
  }
}

/// A producer that sends, resends what it has sent, and now and then skips.
private struct Walker {
  let id: Int64
  private(set) var acknowledged: [Int32] = []
  private var last: BatchHeader?

  init(id: Int64) { self.id = id }

  private var sequence: Int32 { Int32(acknowledged.count) }

  mutating func next(_ random: inout Dice) -> BatchHeader {
    if let last, Int.random(in: 0..<4, using: &random) == 0 { return last }
    // Of a producer that is not known any first sequence is taken, so the first is not skipped.
    let skips: Int32 = last != nil && Int.random(in: 0..<10, using: &random) == 0 ? 1 : 0
    return header(
      records: Int32.random(in: 1...3, using: &random), producer: id, sequence: sequence + skips)
  }

  func attempt(_ random: inout Dice) -> BatchHeader? {
    header(records: Int32.random(in: 1...3, using: &random), producer: id, sequence: sequence)
  }

  mutating func heard(_ verdict: SequenceVerdict, of header: BatchHeader) {
    guard verdict == .accept else { return }
    acknowledged += header.baseSequence...header.lastSequence
    last = header
  }
}
