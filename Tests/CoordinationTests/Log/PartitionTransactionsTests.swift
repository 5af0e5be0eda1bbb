import ActaModel
import BatchCodec
import ModelLiterals
import Testing

@testable import Coordination

@Suite("Transactions of a partition") struct PartitionTransactionsTests {
  private let one = ProducerID(1)
  private let two = ProducerID(2)

  @Test("the first of those that are open counts, in whatever order they end")
  func first() {
    var open = PartitionTransactions()
    #expect(open.firstOffset == nil)
    open.begin(one, at: 3)
    open.begin(two, at: 5)
    #expect((open[one], open[two], open.firstOffset) == (3, 5, 3))
    #expect(open.end(two, isCommit: true, at: 9) == nil)
    open.begin(two, at: 10)
    #expect(open.end(one, isCommit: true, at: 11) == nil)
    #expect(open.firstOffset == 10)
    #expect(open.end(one, isCommit: false, at: 12) == nil)
    let range = open.end(two, isCommit: false, at: 13)
    #expect(
      range
        == AbortedRange(
          producerID: two, firstOffset: 10, lastOffset: 13, lastStableOffset: 14))
    #expect(open.firstOffset == nil)
  }

  @Test("an aborted one knows below what none that is open begins")
  func stable() {
    var open = PartitionTransactions()
    open.begin(one, at: 3)
    open.begin(two, at: 5)
    #expect(open.end(two, isCommit: false, at: 9)?.lastStableOffset == 3)
    #expect(open.end(one, isCommit: false, at: 10)?.lastStableOffset == 11)
  }

  @Test("what rows are behind is told once; what began and was committed meanwhile has none")
  func changes() {
    var open = PartitionTransactions()
    open.begin(one, at: 3)
    open.begin(two, at: 1)
    #expect(
      open.takeChanges() == [.opened(two, firstOffset: 1), .opened(one, firstOffset: 3)])
    #expect(open.takeChanges() == [])
    _ = open.end(one, isCommit: true, at: 5)
    open.begin(one, at: 6)
    _ = open.end(one, isCommit: true, at: 7)
    let range = open.end(two, isCommit: false, at: 8)
    #expect(range != nil)
    #expect(
      open.takeChanges()
        == [range.map { .aborted($0) }, .committed(one, firstOffset: 3)].compactMap { $0 })
  }

  @Test("what is restored is open, and nothing is behind")
  func restore() {
    var open = PartitionTransactions()
    open.restore(OpenTransaction(partition: PartitionID(1), producerID: one, firstOffset: 7))
    open.restore(OpenTransaction(partition: PartitionID(1), producerID: two, firstOffset: 4))
    #expect(open.firstOffset == 4)
    #expect(open.takeChanges() == [])
    var other = PartitionTransactions()
    other.begin(two, at: 4)
    #expect(!open.agrees(with: other))
    other.begin(one, at: 7)
    #expect(open.agrees(with: other))
  }
}

@Suite("The first transaction of a partition") struct FirstTransactionTests {
  @Test("is known in whatever order they begin, end and are restored", arguments: 1...5)
  func walk(seed: UInt64) {
    var dice = Dice(seed: seed)
    var open = PartitionTransactions()
    var model: [ProducerID: Offset] = [:]
    for step in 0..<5_000 {
      let producer = ProducerID(Int64.random(in: 0..<40, using: &dice))
      let offset = Offset(Int64(step))
      if model[producer] != nil {
        let isCommit = Bool.random(using: &dice)
        model[producer] = nil
        let range = open.end(producer, isCommit: isCommit, at: offset)
        #expect((range == nil) == isCommit)
        let stable = model.values.min() ?? offset + 1
        if let range { #expect(range.lastStableOffset == stable, "seed \(seed), step \(step)") }
      } else {
        model[producer] = offset
        if Bool.random(using: &dice) {
          open.begin(producer, at: offset)
        } else {
          open.restore(
            OpenTransaction(
              partition: PartitionID(1), producerID: producer, firstOffset: offset))
        }
      }
      #expect(open.firstOffset == model.values.min(), "seed \(seed), step \(step)")
    }
  }

  @Test("behind one that stays open, those that come and go leave nothing")
  func leftovers() {
    var open = PartitionTransactions()
    open.begin(ProducerID(0), at: 0)
    for number in 1...10_000 as ClosedRange<Int64> {
      open.begin(ProducerID(number), at: Offset(2 * number))
      _ = open.end(ProducerID(number), isCommit: true, at: Offset(2 * number + 1))
    }
    #expect(open.firstOffset == 0 && open.keptFirstsCount <= 20)
  }
}

@Suite("Markers that are of no use") struct UselessMarkersTests {
  private func batch(
    _ offset: Int64, _ producer: Int64?, records: Int64 = 1, isMarker: Bool = false
  ) -> BatchSummary {
    BatchSummary(
      baseOffset: Offset(offset), lastOffset: Offset(offset), recordCount: records, sizeBytes: 1,
      maxTimestamp: 0, appendedAt: 0, transactionOf: producer.map { ProducerID($0) },
      isMarker: isMarker)
  }

  @Test("a marker goes when nothing is left before it and its producer goes on")
  func walk() {
    var markers = UselessMarkers()
    func pass(_ batch: BatchSummary) -> Int64? { markers.pass(batch)?.baseOffset.value }
    #expect(pass(batch(0, 1)) == nil)
    #expect(pass(batch(1, nil)) == nil)
    // Of the first transaction there is a record.
    #expect(pass(batch(2, 1, isMarker: true)) == nil)
    // Of the second an empty batch, of the third nothing.
    #expect(pass(batch(3, 1, records: 0)) == nil)
    #expect(pass(batch(4, 1, isMarker: true)) == nil)
    #expect(pass(batch(5, 2, isMarker: true)) == nil)
    #expect(pass(batch(6, 1, isMarker: true)) == 4)
    #expect(pass(batch(7, 1)) == 6)
    #expect(pass(batch(8, 1, isMarker: true)) == nil)
    // The other producer's last stays.
    #expect(pass(batch(9, 1)) == nil)
  }
}
