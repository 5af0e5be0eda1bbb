import ActaClient
import Synchronization
import Threads

/// How long a member was without partitions.
final class JoinTime: RebalanceListener {
  private struct State {
    var sum: Int64 = 0
    /// `nil` while it has some.
    var start: Int64?
  }

  private let state = Mutex(State(start: Clock.monotonicMilliseconds()))

  var milliseconds: Int64 { state.withLock { $0.sum } }

  func partitionsAssigned(_ partitions: [TopicPartition]) async {
    let now = Clock.monotonicMilliseconds()
    state.withLock { state in
      if let start = state.start.take() { state.sum += now - start }
    }
  }

  func partitionsRevoked(_ partitions: [TopicPartition]) async {
    let now = Clock.monotonicMilliseconds()
    state.withLock { $0.start = $0.start ?? now }
  }

  func partitionsLost(_ partitions: [TopicPartition]) async { await partitionsRevoked(partitions) }
}
