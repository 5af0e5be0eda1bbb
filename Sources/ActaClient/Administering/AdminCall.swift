import ClientCore
import KafkaWire
import Threads

/// One call of the program's: what it asks of brokers, and until when.
struct AdminCall: Sendable {
  typealias Work = ClientLife<AdminEngine>.Work

  private let work: Work
  private let backoff: Backoff
  private let retries: Int
  /// Monotonic milliseconds.
  private let deadline: Int64

  init(_ work: Work, withinMilliseconds timeout: Int64, backoff: Backoff, retries: Int) {
    self.work = work
    self.backoff = backoff
    self.retries = retries
    let deadline = Clock.monotonicMilliseconds().addingReportingOverflow(timeout)
    self.deadline = deadline.overflow ? .max : deadline.partialValue
  }

  /// For requests that say how long the broker may take.
  var timeoutMilliseconds: Int32 {
    Int32(clamping: max(1, deadline - Clock.monotonicMilliseconds()))
  }

  // MARK: Requests

  /// Sends a request once.
  ///
  /// - Parameters:
  ///   - node: `nil` for any.
  ///   - make: The request in a version that both sides know.
  func send<R: RequestMessage>(
    to node: Int32?,
    _ make:
      @escaping @Sendable (SpokenVersions) throws(ClientFailure) -> (request: R, version: Int16)
  ) async throws(ClientFailure) -> R.Response {
    let deadline = deadline
    return try await work.askUnlessCancelled { engine, answer in
      engine.send(to: node, until: deadline, make) { answer($0) }
    }
  }

  /// The same in the newest version that both sides know.
  ///
  /// - Parameters:
  ///   - oldest: What it says cannot be said in one before.
  ///   - newest: What it says is said otherwise behind it.
  func send<R: RequestMessage>(
    _ request: R, to node: Int32?, from oldest: Int16 = 0, upTo newest: Int16 = .max
  ) async throws(ClientFailure) -> R.Response {
    try await send(to: node) { versions throws(ClientFailure) in
      (request, try versions.newest(of: R.api, upTo: newest, from: oldest))
    }
  }

  /// Waits before another attempt.
  ///
  /// - Returns: Whether there is time for one, and somebody who waits for it.
  func rest(after failures: Int) async throws(ClientFailure) -> Bool {
    let chance = Double.random(in: 0..<1)
    let wait = backoff.milliseconds(after: failures, chance: chance)
    guard failures <= retries, !Task.isCancelled, wait < deadline - Clock.monotonicMilliseconds()
    else { return false }
    try await work.askUnlessCancelled { engine, answer in
      engine.wait(milliseconds: wait) { answer(.success(())) }
    }
    return true
  }

  /// A call's last failure, as Java tells it where nobody was reached.
  ///
  /// - Parameter name: Java's for the call.
  func timeout(_ failure: ClientFailure, of name: String) async -> ClientFailure {
    guard failure.reason == .timedOut || failure.reason == .disconnected else { return failure }
    let isReached = try? await work.ask { engine, answer in
      answer(.success(engine.reachesAnybody))
    }
    guard isReached == false else { return failure }
    var timeout = ClientFailure(.timedOut, failure.sentence, node: failure.node)
    timeout.message = "Timed out waiting for a node assignment. Call: \(name)"
    return timeout
  }

  // MARK: The cluster

  /// What the client knows of its cluster.
  var view: ClusterView {
    get async throws(ClientFailure) {
      try await work.ask { engine, answer in answer(.success(engine.view)) }
    }
  }

  /// Asks any broker about topics, and takes in which brokers there are.
  ///
  /// - Parameter topics: `nil` is all of them.
  func metadata(
    _ topics: [MetadataRequest.Topic]?, from oldest: Int16 = 4
  ) async throws(ClientFailure) -> MetadataResponse {
    var request = MetadataRequest()
    request.topics = topics
    request.allowAutoTopicCreation = false
    // Before version 4 to ask for a topic may make it; before version 1 nobody can be asked for no topic.
    let first = topics?.isEmpty == true ? 1 : oldest
    let response = try await send(request, to: nil, from: first)
    try await work.ask { engine, answer in
      engine.learnBrokers(response)
      answer(.success(()))
    }
    return response
  }

  /// Asks who the brokers are.
  func brokers() async throws(ClientFailure) -> [MetadataResponse.Broker] {
    try await metadata([]).brokers.sorted { $0.nodeID < $1.nodeID }
  }
}

extension MetadataRequest.Topic {
  init(named name: String) {
    self.init()
    self.name = name
  }
}
