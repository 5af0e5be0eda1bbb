import Synchronization

/// Counts connections, in all and by address, and says who may come in.
final class ConnectionRegistry: Sendable {
  private struct State {
    var total = 0
    var byAddress: [String: Int] = [:]
    var lastID: UInt64 = 0
    var whenEmpty: (@Sendable () -> Void)?
  }

  private let limits: @Sendable () -> ServerLimits
  private let keptForLoopback: Int
  private let state = Mutex(State())

  init(_ configuration: ServerConfiguration) {
    limits = configuration.limits
    keptForLoopback = configuration.connectionsKeptForLoopback
  }

  /// The new connection's id, or why there is no room for it.
  func admit(_ address: ClientAddress) -> Result<UInt64, Refusal> {
    let limits = limits()
    let most = limits.maxConnections
    let room = address.isLoopback ? most : most - min(keptForLoopback, most / 2)
    return state.withLock { state in
      if state.total >= room { return .failure(.tooMany(limit: room)) }
      let fromAddress = state.byAddress[address.text, default: 0]
      if fromAddress >= limits.maxConnectionsPerAddress {
        return .failure(.tooManyFromAddress(limit: limits.maxConnectionsPerAddress))
      }
      state.total += 1
      state.byAddress[address.text] = fromAddress + 1
      state.lastID += 1
      return .success(state.lastID)
    }
  }

  func leave(_ address: ClientAddress) {
    let whenEmpty = state.withLock { state -> (@Sendable () -> Void)? in
      state.total -= 1
      let left = state.byAddress[address.text, default: 1] - 1
      state.byAddress[address.text] = left > 0 ? left : nil
      guard state.total == 0 else { return nil }
      defer { state.whenEmpty = nil }
      return state.whenEmpty
    }
    whenEmpty?()
  }

  /// Calls back once when no connection is left, at once if there is none.
  func notifyWhenEmpty(_ body: @escaping @Sendable () -> Void) {
    let isEmpty = state.withLock { state in
      if state.total > 0 { state.whenEmpty = body }
      return state.total == 0
    }
    if isEmpty { body() }
  }
}

extension ConnectionRegistry {
  enum Refusal: Error, Equatable, CustomStringConvertible {
    case tooMany(limit: Int)
    case tooManyFromAddress(limit: Int)

    var description: String {
      switch self {
      case .tooMany(let limit): "there are \(limit) connections"
      case .tooManyFromAddress(let limit): "there are \(limit) connections from this address"
      }
    }
  }
}
