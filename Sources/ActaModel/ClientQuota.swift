/// Whom a quota is for: a user, a client id, both together, or an address.
package struct QuotaEntity: Hashable, Sendable {
  /// What a part of an entity is called.
  package enum Name: Hashable, Sendable {
    /// Everybody who has no quota under a name of their own.
    case everybodyElse
    case named(ExactText)

    /// `nil` stands for everybody else, as on the wire.
    package init(_ text: String?) {
      self = text.map { .named(ExactText($0)) } ?? .everybodyElse
    }

    package var text: String? {
      switch self {
      case .everybodyElse: nil
      case .named(let name): name.text
      }
    }
  }

  /// `nil` where the user does not matter.
  package var user: Name?
  package var clientID: Name?
  package var ip: Name?

  package init(user: Name? = nil, clientID: Name? = nil, ip: Name? = nil) {
    self.user = user
    self.clientID = clientID
    self.ip = ip
  }
}

/// What an entity may use at most, by one of Kafka's measures (`producer_byte_rate`, …).
package struct ClientQuota: Hashable, Sendable {
  package let entity: QuotaEntity
  package let key: String
  package let value: Double

  package init(entity: QuotaEntity, key: String, value: Double) {
    self.entity = entity
    self.key = key
    self.value = value
  }
}

/// A quota is set, or taken away.
package struct ClientQuotaChange: Hashable, Sendable {
  package let entity: QuotaEntity
  package let key: String
  /// `nil` takes it away, whether there is one or not.
  package let value: Double?

  package init(entity: QuotaEntity, key: String, value: Double?) {
    self.entity = entity
    self.key = key
    self.value = value
  }
}
