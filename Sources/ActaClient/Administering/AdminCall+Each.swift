import ActaModel
import ClientCore
import KafkaWire

extension AdminCall {
  /// Asks about several things: each of the broker that knows, of all brokers at the same time, and again, for as
  /// long as there is time, about those where another attempt is worth it.
  ///
  /// - Parameter ask: Asks one broker about what is its own, once. What it throws holds for all of that.
  /// - Throws: What was thrown for everything.
  func each<Key: Hashable & Sendable, Value: Sendable>(
    _ keys: some Sequence<Key>, by route: AdminRoute<Key>,
    _ ask:
      @escaping @Sendable (_ node: Int32?, _ keys: [Key]) async throws(ClientFailure) -> [Key:
      Result<Value, ClientFailure>]
  ) async throws(ClientFailure) -> [Key: Result<Value, ClientFailure>] {
    var seen: Set<Key> = []
    var open = keys.filter { seen.insert($0).inserted }
    var outcome = Outcome<Key, Value>()
    var failures = 0
    while !open.isEmpty {
      outcome.take(await attempt(open, by: route, isFirst: failures == 0, ask))
      let again = open.filter { key in
        outcome.failure(of: key).map { route.isWorthAnother($0) } ?? false
      }
      failures += 1
      if again.isEmpty { break }
      open = try await rest(after: failures) ? again : []
    }
    return try outcome.results()
  }

  /// The same where all must be told of, or nothing is.
  func all<Key: Hashable & Sendable, Value: Sendable>(
    _ keys: some Sequence<Key>, by route: AdminRoute<Key>,
    _ ask:
      @escaping @Sendable (_ node: Int32?, _ keys: [Key]) async throws(ClientFailure) -> [Key:
      Result<Value, ClientFailure>]
  ) async throws(ClientFailure) -> [Key: Value] {
    var values: [Key: Value] = [:]
    for (key, result) in try await each(keys, by: route, ask) { values[key] = try result.get() }
    return values
  }

  /// Asks each broker that there is; all must answer.
  func ofAllBrokers<Value: Sendable>(
    _ ask: @escaping @Sendable (_ broker: Int32) async throws(ClientFailure) -> Value
  ) async throws(ClientFailure) -> [Value] {
    let ids = try await retrying { () throws(ClientFailure) in
      try await brokers().map(\.nodeID)
    }
    let route = AdminRoute<Int32>(retriable: ErrorCode.retriable) { _, ids, _ in
      .telling(ids) { ($0, .broker($0)) }
    }
    let answers = try await all(ids, by: route) { _, ids throws(ClientFailure) in
      var answers: [Int32: Result<Value, ClientFailure>] = [:]
      for id in ids { answers[id] = .success(try await ask(id)) }
      return answers
    }
    return answers.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Asks the controller one thing, and again, for as long as there is time, where another attempt is worth it.
  func ofController<Value: Sendable>(
    _ ask: @escaping @Sendable (_ controller: Int32?) async throws(ClientFailure) -> Value
  ) async throws(ClientFailure) -> Value {
    let answers = try await all([true], by: .controller) { node, _ throws(ClientFailure) in
      [true: .success(try await ask(node))]
    }
    guard let answer = answers[true] else {
      preconditionFailure("each thing that is asked about is told of")
    }
    return answer
  }

  /// Asks one thing, and again, for as long as there is time, where another attempt is worth it.
  func retrying<Value>(
    _ ask: () async throws(ClientFailure) -> Value
  ) async throws(ClientFailure) -> Value {
    var failures = 0
    while true {
      do throws(ClientFailure) {
        return try await ask()
      } catch {
        failures += 1
        guard error.isRetriable, try await rest(after: failures) else { throw error }
      }
    }
  }

  /// - Returns: What was told.
  private func attempt<Key: Hashable & Sendable, Value: Sendable>(
    _ keys: [Key], by route: AdminRoute<Key>, isFirst: Bool,
    _ ask:
      @escaping @Sendable (_ node: Int32?, _ keys: [Key]) async throws(ClientFailure) -> [Key:
      Result<Value, ClientFailure>]
  ) async -> Outcome<Key, Value> {
    var outcome = Outcome<Key, Value>()
    var byNode: [Int32?: [Key]] = [:]
    do throws(ClientFailure) {
      let places = try await route.find(self, keys, isFirst)
      for key in keys {
        if let node = outcome.place(key, places[key]) { byNode[node, default: []].append(key) }
      }
    } catch {
      outcome.take(keys, .failure(error), of: nil)
      return outcome
    }
    await withTaskGroup(of: (Int32?, [Key], Outcome<Key, Value>.Answer).self) { group in
      for (node, keys) in byNode {
        group.addTask {
          let answer = await answer(of: ask, node, keys)
          return (node, keys, answer)
        }
      }
      for await (node, keys, answer) in group { outcome.take(keys, answer, of: node) }
    }
    return outcome
  }

  /// By itself: where the pair is made around the call, the optimiser of Swift 6.3 makes rubbish of it.
  private func answer<Key: Hashable & Sendable, Value: Sendable>(
    of ask:
      @Sendable (_ node: Int32?, _ keys: [Key]) async throws(ClientFailure) -> [Key:
      Result<Value, ClientFailure>],
    _ node: Int32?, _ keys: [Key]
  ) async -> Outcome<Key, Value>.Answer {
    do throws(ClientFailure) {
      return .success(try await ask(node, keys))
    } catch {
      return .failure(error)
    }
  }
}

/// What is known by now of things that were asked about.
private struct Outcome<Key: Hashable & Sendable, Value: Sendable> {
  typealias Answer = Result<[Key: Result<Value, ClientFailure>], ClientFailure>

  private enum Word {
    case told(Result<Value, ClientFailure>)
    /// What was said of all that a broker was asked.
    case thrown(ClientFailure)
    case nowhere(ClientFailure)
  }

  private var words: [Key: Word] = [:]

  /// What another attempt might change.
  func failure(of key: Key) -> ClientFailure? {
    switch words[key] {
    case .told(.failure(let failure)), .thrown(let failure): failure
    case .told(.success), .nowhere, nil: nil
    }
  }

  /// - Returns: Whom to ask; twice optional, since that may be anybody.
  mutating func place(_ key: Key, _ place: AdminRoute<Key>.Place?) -> Int32?? {
    switch place {
    case .broker(let node): return .some(node)
    case .unknown(let failure): words[key] = .told(.failure(failure))
    case .nowhere(let failure): words[key] = .nowhere(failure)
    case nil: words[key] = .told(.failure(.nothingSaid(of: "\(key)")))
    }
    return .none
  }

  mutating func take(_ other: Outcome) { words.merge(other.words) { $1 } }

  mutating func take(_ keys: [Key], _ answer: Answer, of node: Int32?) {
    for key in keys {
      switch answer {
      case .failure(let failure): words[key] = .thrown(failure.at(node))
      case .success(let results):
        let result = results[key] ?? .failure(.nothingSaid(of: "\(key)"))
        words[key] = .told(result.mapError { $0.at(node) })
      }
    }
  }

  /// - Throws: What was thrown for everything.
  func results() throws(ClientFailure) -> [Key: Result<Value, ClientFailure>] {
    var results: [Key: Result<Value, ClientFailure>] = [:]
    var thrown: ClientFailure?
    var isToldOfAny = false
    for (key, word) in words {
      switch word {
      case .told(let result):
        results[key] = result
        isToldOfAny = true
      case .nowhere(let failure):
        results[key] = .failure(failure)
        isToldOfAny = true
      case .thrown(let failure):
        results[key] = .failure(failure)
        thrown = failure
      }
    }
    if let thrown, !isToldOfAny { throw thrown }
    return results
  }
}

extension ClientFailure {
  static func nothingSaid(of name: String) -> ClientFailure {
    ClientFailure(.malformedAnswer, "The broker says nothing of \(name).")
  }
}
