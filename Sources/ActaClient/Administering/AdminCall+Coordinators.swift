import ActaModel
import ClientCore
import KafkaWire

extension AdminCall {
  /// Asks any broker who coordinates groups, or transactional ids.
  func coordinators(
    _ kind: CoordinatorLink.Kind, _ names: [String]
  ) async throws(ClientFailure) -> [String: Result<Int32, ClientFailure>] {
    var found: [String: Result<Int32, ClientFailure>] = [:]
    do throws(ClientFailure) {
      let response = try await findCoordinators(kind, names, from: 4)
      for entry in response.coordinators {
        found[entry.key] = Self.coordinator(
          entry.key, entry.nodeID, entry.errorCode, entry.errorMessage)
      }
    } catch  where error.reason == .unsupportedVersion {
      // Before that, one is asked for at a time.
      for name in names {
        let answer = try await findCoordinators(kind, [name], from: kind == .group ? 0 : 1, upTo: 3)
        found[name] = Self.coordinator(name, answer.nodeID, answer.errorCode, answer.errorMessage)
      }
    }
    let known = try await view.nodes
    let isKnown = found.values.allSatisfy { result in
      if case .success(let node) = result { known[node] != nil } else { true }
    }
    if !isKnown { _ = try await metadata([]) }
    return found
  }

  private func findCoordinators(
    _ kind: CoordinatorLink.Kind, _ names: [String], from oldest: Int16, upTo newest: Int16 = .max
  ) async throws(ClientFailure) -> FindCoordinatorResponse {
    var request = FindCoordinatorRequest()
    request.keyType = kind.rawValue
    request.key = names.first ?? ""
    request.coordinatorKeys = names
    return try await send(request, to: nil, from: oldest, upTo: newest)
  }

  private static func coordinator(
    _ name: String, _ node: Int32, _ code: ErrorCode, _ message: String?
  ) -> Result<Int32, ClientFailure> {
    code == .none ? .success(node) : .failure(ClientFailure(code, saying: message, of: name))
  }
}
