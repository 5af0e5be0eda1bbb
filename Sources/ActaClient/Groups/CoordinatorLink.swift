import ActaModel
import ClientCore
import KafkaWire
import Threads
import Transport

/// The broker that coordinates a group, or a transactional id: found when it is needed, and again when it is
/// another one. Only the client's loop touches it.
final class CoordinatorLink {
  enum Kind: Int8 {
    case group = 0
    case transaction = 1
  }

  private let kind: Kind
  private let key: String
  private let network: ClientNetwork
  private let loop: EventLoop
  private(set) var node: Int32?
  private var waiting: [(Result<Int32, ClientFailure>) -> Void] = []
  private var random = SystemRandomNumberGenerator()

  init(_ kind: Kind, _ key: String, network: ClientNetwork, on loop: EventLoop) {
    self.kind = kind
    self.key = key
    self.network = network
    self.loop = loop
  }

  // MARK: Finding it

  /// Tells who the coordinator is, at once if that is known.
  func find(_ completion: @escaping (Result<Int32, ClientFailure>) -> Void) {
    if let node { return completion(.success(node)) }
    waiting.append(completion)
    guard waiting.count == 1 else { return }
    let (kind, key) = (kind, key)
    network.send(to: nil) { versions throws(ClientFailure) in
      let version = try versions.newest(
        of: .findCoordinator, from: kind == .group ? 0 : 1)
      var request = FindCoordinatorRequest()
      request.keyType = kind.rawValue
      request.key = key
      request.coordinatorKeys = [key]
      return (request, version)
    } completion: { [weak self] answer in
      self?.found(answer)
    }
  }

  /// The same, for somebody who does not wait longer.
  private func find(
    until deadline: Int64, _ completion: @escaping (Result<Int32, ClientFailure>) -> Void
  ) {
    if let node { return completion(.success(node)) }
    let wait = max(0, deadline - Clock.monotonicMilliseconds())
    var left: ((Result<Int32, ClientFailure>) -> Void)? = completion
    let timer = loop.schedule(afterMilliseconds: wait) { [network] in
      left.take()?(.failure(network.nobodyReached(within: wait)))
    }
    find { found in
      timer.cancel()
      left.take()?(found)
    }
  }

  /// The one that was known is none any more.
  func forget() { node = nil }

  private func found(_ answer: Result<FindCoordinatorResponse, ClientFailure>) {
    let result = answer.flatMap { response in
      let found = response.coordinators.first
      let code = found?.errorCode ?? response.errorCode
      guard code == .none else {
        let message = found?.errorMessage ?? response.errorMessage
        return Result<Int32, ClientFailure>.failure(ClientFailure(code, message: message))
      }
      return .success(found?.nodeID ?? response.nodeID)
    }
    if case .success(let found) = result {
      node = found
      if network.view.nodes[found] == nil {
        // A client that has just begun may hear of its coordinator before it hears who the brokers are.
        if network.view.nodes.isEmpty, let place = try? answer.get().place {
          network.learnBrokers(place)
        }
        network.refresh()
      }
    }
    let told = waiting
    waiting = []
    for completion in told { completion(result) }
  }

  // MARK: Asking it

  /// Sends a request to the coordinator, and again for as long as it is not found, moves or starts.
  ///
  /// - Parameters:
  ///   - deadline: Monotonic milliseconds.
  ///   - code: What the answer says of the whole. Codes that mean "not here" or "not yet" are not handed on.
  func send<R: RequestMessage>(
    until deadline: Int64,
    _ make: @escaping (SpokenVersions) throws(ClientFailure) -> (request: R, version: Int16),
    code: @escaping (R.Response) -> ErrorCode,
    completion: @escaping (Result<R.Response, ClientFailure>) -> Void
  ) {
    attempt(1, until: deadline, make, code: code, completion)
  }

  private func attempt<R: RequestMessage>(
    _ number: Int, until deadline: Int64,
    _ make: @escaping (SpokenVersions) throws(ClientFailure) -> (request: R, version: Int16),
    code: @escaping (R.Response) -> ErrorCode,
    _ completion: @escaping (Result<R.Response, ClientFailure>) -> Void
  ) {
    let again: (ClientFailure) -> Void = { [weak self] failure in
      guard let self else { return completion(.failure(failure)) }
      let chance = Double.random(in: 0..<1, using: &random)
      let wait = network.settings.retryBackoff.milliseconds(after: number, chance: chance)
      guard failure.isRetriable, Clock.monotonicMilliseconds() + wait < deadline else {
        return completion(.failure(failure))
      }
      loop.schedule(afterMilliseconds: wait) { [weak self] in
        guard let self else { return completion(.failure(failure)) }
        attempt(number + 1, until: deadline, make, code: code, completion)
      }
    }
    find(until: deadline) { [weak self] found in
      guard let self else {
        return completion(.failure(ClientFailure(.closed, "The client is closed.")))
      }
      let node: Int32
      switch found {
      case .success(let coordinator): node = coordinator
      case .failure(let failure): return again(failure)
      }
      let left = deadline - Clock.monotonicMilliseconds()
      let timeout = min(network.settings.requestTimeoutMilliseconds, max(1, left))
      network.send(to: node, within: timeout, make) { [weak self] answer in
        switch answer {
        case .success(let response):
          let code = code(response)
          guard Self.meansAnother(code) || Self.meansLater(code) else { return completion(answer) }
          if Self.meansAnother(code) { self?.forget() }
          again(ClientFailure(code))
        case .failure(let failure):
          if failure.reason == .disconnected || failure.reason == .timedOut { self?.forget() }
          again(failure)
        }
      }
    }
  }

  private static func meansAnother(_ code: ErrorCode) -> Bool {
    code == .notCoordinator || code == .coordinatorNotAvailable
  }

  /// It starts, or the last transaction is not everywhere yet.
  private static func meansLater(_ code: ErrorCode) -> Bool {
    code == .coordinatorLoadInProgress || code == .concurrentTransactions
  }
}

extension FindCoordinatorResponse {
  /// Where the coordinator is, as a picture of the cluster with no other broker.
  fileprivate var place: MetadataResponse {
    var broker = MetadataResponse.Broker()
    let found = coordinators.first
    broker.nodeID = found?.nodeID ?? nodeID
    broker.host = found?.host ?? host
    broker.port = found?.port ?? port
    var picture = MetadataResponse()
    picture.brokers = [broker]
    picture.controllerID = -1
    return picture
  }
}
