import ActaModel
import ClientCore
import KafkaWire

/// Which broker is asked about each thing, and after which failure again.
struct AdminRoute<Key: Hashable & Sendable>: Sendable {
  enum Place {
    /// `nil` is any.
    case broker(Int32?)
    /// It is not known where, which may change.
    case unknown(ClientFailure)
    /// There is no such thing.
    case nowhere(ClientFailure)
  }

  typealias Places = [Key: Place]

  /// Where that is known, whoever is known is asked the first time, and later found anew.
  let find:
    @Sendable (_ call: AdminCall, _ keys: [Key], _ isFirst: Bool) async throws(ClientFailure) ->
      Places
  private let retriable: Set<ErrorCode>

  init(
    retriable: Set<ErrorCode> = [],
    _ find:
      @escaping @Sendable (_ call: AdminCall, _ keys: [Key], _ isFirst: Bool)
      async throws(ClientFailure) -> Places
  ) {
    self.retriable = retriable
    self.find = find
  }

  func isWorthAnother(_ failure: ClientFailure) -> Bool {
    switch failure.reason {
    case .disconnected, .timedOut: true
    case .refused(let code): retriable.contains(code)
    default: false
    }
  }
}

extension AdminRoute {
  /// Whoever has the least to do.
  static var anybody: AdminRoute {
    AdminRoute { _, keys, _ in
      Dictionary(keys.map { ($0, .broker(nil)) }, uniquingKeysWith: { first, _ in first })
    }
  }

  static var controller: AdminRoute {
    AdminRoute(retriable: [.notController, .throttlingQuotaExceeded]) {
      call, keys, isFirst throws(ClientFailure) in
      var controller = isFirst ? try await call.view.controller : nil
      if controller == nil {
        _ = try await call.metadata([])
        controller = try await call.view.controller
      }
      guard let controller else { throw ClientFailure(.notController) }
      return Dictionary(
        keys.map { ($0, .broker(controller)) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// A certain broker, or any.
  static func broker(_ id: @escaping @Sendable (Key) -> Int32?) -> AdminRoute {
    AdminRoute { call, keys, _ throws(ClientFailure) in
      var known = try await call.view.nodes
      if keys.contains(where: { id($0).map { known[$0] == nil } ?? false }) {
        _ = try await call.metadata([])
        known = try await call.view.nodes
      }
      var places: Places = [:]
      for key in keys {
        let broker = id(key)
        if let broker, known[broker] == nil {
          places[key] = .nowhere(
            ClientFailure(
              .invalidArgument, "The cluster has no broker \(broker).", node: broker))
        } else {
          places[key] = .broker(broker)
        }
      }
      return places
    }
  }

  /// The broker that coordinates a group or a transactional id.
  static func coordinator(
    _ kind: CoordinatorLink.Kind, _ name: @escaping @Sendable (Key) -> String
  ) -> AdminRoute {
    AdminRoute(retriable: Self.meansLater) {
      call, keys, _ throws(ClientFailure) in
      let found = try await call.coordinators(kind, Set(keys.map(name)).sorted())
      var places: Places = [:]
      for key in keys {
        switch found[name(key)] {
        case .success(let node): places[key] = .broker(node)
        case .failure(let failure): places[key] = .unknown(failure)
        case nil: break
        }
      }
      return places
    }
  }

  /// The coordinator starts, is another one, or has something under way.
  private static var meansLater: Set<ErrorCode> {
    [
      .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator,
      .concurrentTransactions, .unstableOffsetCommit, .rebalanceInProgress,
    ]
  }
}

extension AdminRoute<TopicPartition> {
  /// The partition's leader. What is not there is told at once; where it is only the leader that does not know of
  /// it, another one leads by now.
  static var leader: AdminRoute {
    AdminRoute(retriable: ErrorCode.retriable) { call, keys, _ throws(ClientFailure) in
      let names = Set(keys.map(\.topic)).sorted()
      let metadata = try await call.metadata(names.map { .init(named: $0) })
      let topics = Dictionary(
        metadata.topics.compactMap { topic in topic.name.map { ($0, topic) } },
        uniquingKeysWith: { first, _ in first })
      var places: Places = [:]
      for key in keys { places[key] = topics[key.topic].map { Self.leader(of: key, in: $0) } }
      return places
    }
  }

  private static func leader(
    of key: TopicPartition, in topic: MetadataResponse.Topic
  ) -> Place {
    let partition = topic.partitions.first { $0.partitionIndex == key.partition }
    var code = topic.errorCode
    if code == .none { code = partition?.errorCode ?? .unknownTopicOrPartition }
    if let partition, code == .none, partition.leaderID >= 0 {
      return .broker(partition.leaderID)
    }
    let failure = ClientFailure(
      code == .none ? .leaderNotAvailable : code, topic: key.topic, partition: key.partition)
    return code == .unknownTopicOrPartition ? .nowhere(failure) : .unknown(failure)
  }
}
