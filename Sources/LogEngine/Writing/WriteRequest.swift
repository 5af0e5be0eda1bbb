import ActaModel
import LogStorage

/// What the writer is asked to do. The closures are all it knows of the request.
struct WriteRequest: Sendable {
  /// What it counts for in the queue.
  let bytes: Int
  /// What it counts for in a turn, as if it were bytes: work that takes a database long is more than
  /// its size says.
  let weight: Int
  let point: AcknowledgePoint
  /// Applies the request inside the writer's turn and returns what reports its result.
  let apply: @Sendable (EngineTurn, ApplyMode) throws -> Report
  /// Reports that nothing of it was applied.
  let refuse: @Sendable (StorageError) -> Void

  init(
    bytes: Int, weight: Int? = nil, point: AcknowledgePoint,
    apply: @escaping @Sendable (EngineTurn, ApplyMode) throws -> Report,
    refuse: @escaping @Sendable (StorageError) -> Void
  ) {
    self.bytes = bytes
    self.weight = max(bytes, weight ?? 0)
    self.point = point
    self.apply = apply
    self.refuse = refuse
  }

  /// What a request without records counts for.
  static let smallSize = 256
}

/// What changes of the catalog count for in a turn, of which records count for what they are: some
/// hundred bytes a microsecond. A partition is a row (two microseconds), a topic a few. What changes the
/// schema of a database that keeps one takes a millisecond or two with ten thousand topics or tables:
/// all of it is read for that.
enum CatalogWeight {
  static let partition = 512
  static let topic = 20 * partition
  /// What is made in one turn.
  static let partitionsOfSlice = 2_000
  static let deletion = 2 << 20
  /// A partition's first records, for which it gets what holds them.
  static let firstRecords = 2 << 20
}

/// What a transaction's end counts for, by the same measure.
enum TransactionWeight {
  /// A batch of one partition (ten microseconds).
  static let marker = 2_560
  /// A row, and one of the audit trail.
  static let position = 2_560
}

typealias Report = @Sendable () -> Void

/// Whether a request shares its turn with others.
enum ApplyMode: Sendable {
  case grouped
  /// It has the turn to itself after a group failed, so that only the part at fault fails.
  case alone
}

extension WriteRequest {
  /// One result per item, each independent of the others.
  static func each<Item: Sendable, R: Sendable>(
    _ items: [Item], weight: Int = 0,
    _ completion: @escaping @Sendable ([Result<R, StorageError>]) -> Void,
    _ apply: @escaping @Sendable (EngineTurn, Item) throws -> Result<R, StorageError>
  ) -> WriteRequest {
    WriteRequest(
      bytes: smallSize * max(1, items.count), weight: weight, point: .synced,
      apply: { turn, _ in
        let results = try items.map { try apply(turn, $0) }
        return { completion(results) }
      },
      refuse: { error in completion(items.map { _ in .failure(error) }) })
  }

  static func single<R: Sendable>(
    weight: Int = 0, _ completion: @escaping @Sendable (Result<R, StorageError>) -> Void,
    _ apply: @escaping @Sendable (EngineTurn) throws -> Result<R, StorageError>
  ) -> WriteRequest {
    WriteRequest(
      bytes: smallSize, weight: weight, point: .synced,
      apply: { turn, _ in
        let result = try apply(turn)
        return { completion(result) }
      },
      refuse: { completion(.failure($0)) })
  }

  /// Work that is too long for one turn: a slice a turn, the rest queued again behind others. `State` is
  /// what is left to do; when that is refused, `abandon` is given it.
  static func sliced<State: Sendable, R: Sendable>(
    _ state: State, weight: Int = 0, queue: WriteQueue,
    abandon: @escaping @Sendable (State) -> Void = { _ in },
    completion: @escaping @Sendable (R) -> Void,
    refuse: @escaping @Sendable (StorageError) -> Void,
    slice: @escaping @Sendable (EngineTurn, State) throws -> Slice<State, R>
  ) -> WriteRequest {
    WriteRequest(
      bytes: smallSize, weight: weight, point: .synced,
      apply: { turn, _ in
        switch try slice(turn, state) {
        case .done(let result): return { completion(result) }
        case .more(let rest, let pause):
          return {
            queue.enqueue(
              .sliced(
                rest, weight: weight, queue: queue, abandon: abandon, completion: completion,
                refuse: refuse, slice: slice), after: pause)
          }
        }
      },
      refuse: { error in
        abandon(state)
        refuse(error)
      })
  }
}

/// What came of a slice.
enum Slice<State: Sendable, R: Sendable> {
  case done(R)
  /// - Parameter pause: Milliseconds before which the next is not to come.
  case more(State, pause: Int64 = 0)
}
