import ActaModel
import LogStorage
import LogTestSupport
import ModelLiterals
import Testing

/// Held positions against the rule as Kafka has it: each has the place in which it came, takes it along when
/// its transaction is committed, and never takes the place of one that came later.
@Suite("Held positions against a model") struct HeldPositionPropertyTests {
  private struct Place: Hashable {
    let group: String
    let partition: PartitionID
  }

  private struct Model {
    private struct Position {
      let order: Int
      let offset: Int64
    }

    private var last = 0
    private var committed: [Place: Position] = [:]
    private var held: [ProducerID: [Place: Position]] = [:]

    private mutating func next(_ offset: Int64) -> Position {
      last += 1
      return Position(order: last, offset: offset)
    }

    mutating func commit(_ offset: Int64, _ place: Place) { committed[place] = next(offset) }

    mutating func hold(_ offset: Int64, _ place: Place, for producer: ProducerID) {
      held[producer, default: [:]][place] = next(offset)
    }

    mutating func end(_ producer: ProducerID, isCommit: Bool) {
      for (place, position) in held.removeValue(forKey: producer) ?? [:] where isCommit {
        if committed[place].map({ $0.order < position.order }) ?? true {
          committed[place] = position
        }
      }
    }

    func positions(of group: String) -> [PartitionID: Int64] {
      let ofGroup = committed.filter { $0.key.group == group }
      return Dictionary(
        uniqueKeysWithValues: ofGroup.map { ($0.key.partition, $0.value.offset) })
    }
  }

  @Test(
    "what several producers and the group itself commit ends as its order says, by any clock",
    arguments: Backend.allCases)
  func orders(_ backend: Backend) async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    let clock = TestClock()
    let place = try Backend.Place(backend, now: { clock.now })
    var log = try place.open()
    let partitions = try await log.makeTopic("t", partitions: 4)
    let groups = ["g", "h"]
    try await log.write(groups.map { .putGroup(GroupRow(name: $0)) })
    var model = Model()
    for step in 0..<300 as Range<Int64> {
      clock.advance(by: Int64.random(in: -5_000...5_000, using: &random))
      let producer = ProducerID(Int64.random(in: 1...3, using: &random))
      let target = Place(
        group: try #require(groups.randomElement(using: &random)),
        partition: try #require(partitions.randomElement(using: &random)))
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<10:
        model.hold(step, target, for: producer)
        let commit = OffsetCommit(partition: target.partition, offset: step)
        let committer = Committer(source: .transaction, producerID: producer)
        let result = try await log.turn {
          try $0.hold([commit], of: target.group, by: committer)[0]
        }
        try result.get()
      case 10..<13:
        model.commit(step, target)
        try await log.commit(step, target.partition, of: target.group).get()
      case 13..<19:
        let isCommit = Int.random(in: 0..<4, using: &random) > 0
        model.end(producer, isCommit: isCommit)
        try await log.end(
          ProducerClaim(id: producer, epoch: 0), isCommit: isCommit, [], groups: groups)
      default:
        guard place.isLasting else { continue }
        log.close()
        log = try place.open()
      }
      for group in groups {
        let found = try await log.positions(of: group)
        try #require(found == model.positions(of: group), "seed \(seed), step \(step)")
      }
    }
    log.close()
  }
}
