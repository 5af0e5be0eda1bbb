import ActaModel
import KafkaWire

/// Which entities DescribeClientQuotas asks about. Kafka's rules, in its order and words.
struct QuotaFilter: Sendable {
  private enum Match {
    case exactly(QuotaEntity.Name)
    /// Any name, everybody else's as well.
    case any
  }

  fileprivate enum Part {
    case user, clientID, ip
  }

  private var matches: [(part: Part, match: Match)] = []
  /// Entities of more parts than are asked about do not pass.
  private let isStrict: Bool

  init(_ request: DescribeClientQuotasRequest) throws(ProtocolError) {
    isStrict = request.strict
    var types: Set<String> = []
    for component in request.components {
      let type = component.entityType
      guard !type.isEmpty else { throw Self.refusal("Invalid empty entity type.") }
      guard types.insert(type).inserted else {
        throw Self.refusal("Entity type \(type) cannot appear more than once in the filter.")
      }
      guard let part = Self.part(type) else {
        throw ProtocolError(.unsupportedVersion, "Unsupported entity type \(type)")
      }
      matches.append((part, try Self.match(component)))
    }
    guard !types.contains("ip") || types.count == 1 else {
      throw Self.refusal(
        "Invalid entity filter component combination. IP filter component should not be used with"
          + " user or clientId filter component.")
    }
  }

  func passes(_ entity: QuotaEntity) -> Bool {
    for (part, match) in matches {
      guard let name = entity.name(of: part) else { return false }
      if case .exactly(let wanted) = match, wanted != name { return false }
    }
    return !isStrict || entity.partCount == matches.count
  }

  private static func part(_ type: String) -> Part? {
    switch type {
    case "user": .user
    case "client-id": .clientID
    case "ip": .ip
    default: nil
    }
  }

  private static func match(
    _ component: DescribeClientQuotasRequest.Component
  ) throws(ProtocolError) -> Match {
    switch component.matchType {
    case 0:
      guard let name = component.match else {
        throw refusal("Request specified MATCH_TYPE_EXACT, but set match string to null.")
      }
      return .exactly(.named(ExactText(name)))
    case 1:
      guard component.match == nil else {
        throw refusal("Request specified MATCH_TYPE_DEFAULT, but also specified a match string.")
      }
      return .exactly(.everybodyElse)
    case 2:
      guard component.match == nil else {
        throw refusal(
          "Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.")
      }
      return .any
    default: throw refusal("Unknown match type \(component.matchType)")
    }
  }

  private static func refusal(_ sentence: String) -> ProtocolError {
    ProtocolError(.invalidRequest, sentence)
  }
}

extension QuotaEntity {
  fileprivate func name(of part: QuotaFilter.Part) -> Name? {
    switch part {
    case .user: user
    case .clientID: clientID
    case .ip: ip
    }
  }

  fileprivate var partCount: Int { [user, clientID, ip].reduce(0) { $1 == nil ? $0 : $0 + 1 } }
}
