import ClientCore

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
      await attempt(open, by: route, isFirst: failures == 0, ask, &outcome)
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

  private func attempt<Key: Hashable & Sendable, Value: Sendable>(
    _ keys: [Key], by route: AdminRoute<Key>, isFirst: Bool,
    _ ask:
      @escaping @Sendable (_ node: Int32?, _ keys: [Key]) async throws(ClientFailure) -> [Key:
      Result<Value, ClientFailure>],
    _ outcome: inout Outcome<Key, Value>
  ) async {
    var byNode: [Int32?: [Key]] = [:]
    do throws(ClientFailure) {
      let places = try await route.find(self, keys, isFirst)
      for key in keys {
        if let node = outcome.place(key, places[key]) { byNode[node, default: []].append(key) }
      }
    } catch {
      return outcome.take(keys, .failure(error))
    }
    await withTaskGroup(of: ([Key], Outcome<Key, Value>.Answer).self) { group in
      for (node, keys) in byNode {
        group.addTask {
          do throws(ClientFailure) {
            return (keys, .success(try await ask(node, keys)))
          } catch {
            return (keys, .failure(error))
          }
        }
      }
      for await (keys, answer) in group { outcome.take(keys, answer) }
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

  mutating func take(_ keys: [Key], _ answer: Answer) {
    for key in keys {
      switch answer {
      case .failure(let failure): words[key] = .thrown(failure)
      case .success(let results):
        words[key] = .told(results[key] ?? .failure(.nothingSaid(of: "\(key)")))
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
