import ActaModel
import BatchCodec
import Bytes
import LogStorage
import Synchronization
import Threads

/// The threads that validate large batches, and what waits for them. They start with the first such
/// batch, and end when the broker has gone and nothing waits any more.
final class ProduceWork: Sendable {
  /// A batch of a request, and where its result goes.
  struct Item: Sendable {
    let offered: OfferedBatch
    let point: AcknowledgePoint
    let index: Int
    let results: Gather<Checked<AppendOutcome>>
  }

  private typealias Lines = ProduceLines<Item>

  private struct State {
    var lines = Lines()
    var hasThreads = false
    var isClosed = false
  }

  /// A piece of work that goes to the writer in one go.
  static let maxPieceBytes = 1 << 20
  /// What unpacks to more than this is for the long lane.
  static let shortBytes = 4 << 20

  let wallClock: @Sendable () -> Int64
  private let storage: any LogStorage
  private let state = Monitor(State())
  /// Lines there are. With none, which is nearly always, a request need not ask under the lock.
  private let lineCount = Atomic<Int>(0)
  private let quickRoom = UnpackingRoom(capacity: 16 << 20)
  private let shortRoom = UnpackingRoom(capacity: 32 << 20)
  private let longRoom = UnpackingRoom(capacity: 64 << 20)

  init(_ storage: any LogStorage, wallClock: @escaping @Sendable () -> Int64) {
    self.storage = storage
    self.wallClock = wallClock
  }

  /// Nothing more will come.
  func close() { state.update { $0.isClosed = true } }

  // MARK: Asked by those who do without

  func isBusy(_ connection: UInt64) -> Bool {
    guard lineCount.load(ordering: .acquiring) > 0 else { return false }
    return state.withLock { $0.lines.isBusy(connection) }
  }

  var isShortOfRoom: Bool { quickRoom.takenBytes >= quickRoom.capacity }
  func note(_ unpackedBytes: Int) { if unpackedBytes > 0 { quickRoom.note(unpackedBytes) } }
  func giveBack(_ unpackedBytes: Int) { quickRoom.giveBack(unpackedBytes) }

  /// Whether it would be its partition's first batch.
  func isFirst(_ offered: OfferedBatch) -> Bool {
    storage.bounds(of: offered.partition)?.logEndOffset == .zero
  }

  // MARK: In line

  func append(
    _ offered: [Checked<OfferedBatch>], acknowledge point: AcknowledgePoint,
    from connection: UInt64, completion: @escaping ProduceIntake.Completion
  ) {
    guard !offered.isEmpty else { return completion([]) }
    let results = Gather(count: offered.count, completion: completion)
    var entries: [Lines.Entry] = []
    for (index, check) in offered.enumerated() {
      switch check {
      case .failure(let error): results.put(.failure(error), at: index)
      case .success(let batch):
        let item = Item(offered: batch, point: point, index: index, results: results)
        entries.append(Lines.Entry(lane: Self.lane(of: batch), item: item))
      }
    }
    change { $0.lines.append(entries, from: connection) }
  }

  private static func lane(of batch: OfferedBatch) -> Lines.Lane {
    batch.declaredBytes ?? 0 > shortBytes ? .long : .short
  }

  private func change(_ body: (inout State) -> Void) {
    let mustStart = state.update { state -> Bool in
      body(&state)
      lineCount.store(state.lines.count, ordering: .releasing)
      defer { if state.lines.count > 0 { state.hasThreads = true } }
      return state.lines.count > 0 && !state.hasThreads
    }
    if mustStart { startThreads() }
  }

  private func startThreads() {
    WorkerThread.detached(name: "acta-validate") { self.run(.short) }
    WorkerThread.detached(name: "acta-unpack") { self.run(.long) }
  }

  private func run(_ lane: ProduceLines<Item>.Lane) {
    while let (connection, items) = next(lane) {
      var piece = Piece()
      fill(&piece, with: items, lane)
      // In order: the line is given back after its piece has its place in the writer's queue.
      submit(piece, of: connection, lane)
      change { state in
        state.lines.finished(
          connection, count: piece.count, isSubmitted: !piece.accepted.isEmpty,
          nextIsLong: piece.isStoppedByLong)
      }
    }
  }

  private func next(_ lane: ProduceLines<Item>.Lane) -> (UInt64, [Item])? {
    state.wait { state -> (UInt64, [Item])?? in
      if let (connection, items) = state.lines.take(lane, limit: QuickValidation.maxBatches) {
        return .some((connection, items))
      }
      return state.isClosed && state.lines.count == 0 ? .some(nil) : nil
    }
  }

  // MARK: A piece

  private struct Piece {
    /// Items that are done with.
    var count = 0
    var accepted: [(item: Item, batch: AcceptedBatch)] = []
    var bytes = 0
    var firstCount = 0
    /// Memory that it holds until it is written.
    var roomBytes = 0
    var isStoppedByLong = false
  }

  private func fill(
    _ piece: inout Piece, with items: [Item], _ lane: ProduceLines<Item>.Lane
  ) {
    for item in items {
      if !piece.accepted.isEmpty {
        guard piece.bytes < Self.maxPieceBytes, piece.firstCount < QuickValidation.maxFirst else {
          return
        }
      }
      guard takeIn(item, &piece, lane) else { return }
      piece.count += 1
    }
  }

  /// False when it is not the item's turn in this piece.
  private func takeIn(
    _ item: Item, _ piece: inout Piece, _ lane: ProduceLines<Item>.Lane
  ) -> Bool {
    let offered = item.offered
    let isCompressed = offered.codec != .none
    let limit = isCompressed ? min(offered.mostBytes, lane == .short ? Self.shortBytes : .max) : 0
    let room = room(lane)
    if limit > 0, !room.tryTake(limit) {
      // What others wait for is written first.
      guard piece.accepted.isEmpty else { return false }
      room.take(limit)
    }
    let now = wallClock()
    let result = offered.validate(unpackingTo: isCompressed ? limit : .max, now: now)
    var held = 0
    defer { room.giveBack(limit - held) }
    switch result {
    case .failure(let rejection) where isCompressed && offered.isUndecided(rejection, at: limit):
      piece.isStoppedByLong = true
      return false
    case .failure(let rejection):
      item.results.put(.failure(ProtocolError(rejection)), at: item.index)
    case .success(let batch):
      let accepted = AcceptedBatch(batch, of: offered)
      held = min(limit, accepted.unpackedBytes)
      piece.roomBytes += held
      piece.bytes += batch.bytes.count + accepted.unpackedBytes
      if isFirst(offered) { piece.firstCount += 1 }
      piece.accepted.append((item, accepted))
    }
    return true
  }

  private func room(_ lane: ProduceLines<Item>.Lane) -> UnpackingRoom {
    lane == .short ? shortRoom : longRoom
  }

  /// All of a piece's items are of requests that want the same promise, or the strongest is kept.
  private func submit(
    _ piece: Piece, of connection: UInt64, _ lane: ProduceLines<Item>.Lane
  ) {
    guard !piece.accepted.isEmpty else { return }
    let isSynced = piece.accepted.contains { $0.item.point == .synced }
    let (room, bytes) = (room(lane), piece.roomBytes)
    let origins = piece.accepted.map { ($0.item, $0.batch) }
    storage.append(
      origins.map { $0.1.append }, acknowledge: isSynced ? .synced : .committed
    ) { [self] results in
      room.giveBack(bytes)
      change { $0.lines.settled(connection) }
      for ((item, batch), result) in zip(origins, results) {
        item.results.put(batch.appended(result), at: item.index)
      }
    }
  }
}
