import ActaModel
import KafkaWire

/// What AlterClientQuotas asks of one entity, and what is wrong with it.
struct QuotaAlteration: Sendable {
  /// Longer names are not kept: everything there is of quotas is looked through at once.
  static let longestName = 1_024

  /// By type, each once; the last word counts.
  let parts: [Part]
  private let operations: [AlterClientQuotasRequest.Operation]

  struct Part: Hashable, Sendable {
    let type: String
    let name: ExactText?
  }

  init(_ entry: AlterClientQuotasRequest.Entry) {
    let types = Distinct(entry.entity.lazy.map { ExactText($0.entityType) })
    var parts = types.items.map { Part(type: $0.text, name: nil) }
    for (part, place) in zip(entry.entity, types.places) {
      parts[place] = Part(type: part.entityType, name: part.entityName.map(ExactText.init))
    }
    self.parts = parts.sorted { Self.rank($0.type) < Self.rank($1.type) }
    operations = entry.operations
  }

  /// In the order in which Kafka tells them.
  private static func rank(_ type: String) -> Int {
    switch type {
    case "client-id": 0
    case "user": 1
    default: 2
    }
  }

  /// `ClientQuotaEntity(entries={client-id=a, user=null})`
  var description: String {
    let entries = parts.map { "\($0.type)=\($0.name?.text ?? "null")" }
    return "ClientQuotaEntity(entries={\(entries.joined(separator: ", "))})"
  }

  /// What is to be changed, if all of it can be.
  func changes() throws(ProtocolError) -> [ClientQuotaChange] {
    guard Distinct(operations.lazy.map { ExactText($0.key) }).items.count == operations.count
    else { throw duplicate }
    let entity = try self.entity()
    var changes: [ClientQuotaChange] = []
    for operation in operations {
      if !operation.remove {
        try QuotaKeys.check(
          operation.value.value, of: operation.key, isForAddress: entity.ip != nil)
      }
      changes.append(
        ClientQuotaChange(
          entity: entity, key: operation.key,
          value: operation.remove ? nil : operation.value.value))
    }
    return changes
  }

  /// Of an entity that the request names twice, or one of whose quotas it does.
  var duplicate: ProtocolError {
    ProtocolError(.invalidRequest, "Ignoring duplicate entity \(description)")
  }

  private func entity() throws(ProtocolError) -> QuotaEntity {
    guard !parts.isEmpty else { throw refusal("Invalid empty client quota entity") }
    var entity = QuotaEntity()
    for part in parts {
      let name = QuotaEntity.Name(part.name?.text)
      switch part.type {
      case "user": entity.user = name
      case "client-id": entity.clientID = name
      case "ip": entity.ip = name
      default: throw refusal("Unhandled client quota entity type: \(part.type)")
      }
      let length = part.name?.text.utf8.count ?? 1
      guard length > 0 else { throw refusal("Empty \(part.type) not supported") }
      guard length <= Self.longestName else {
        throw refusal("A name of more than \(Self.longestName) bytes is not supported")
      }
    }
    guard let ip = entity.ip else { return entity }
    guard entity.user == nil, entity.clientID == nil else {
      throw refusal(
        "Invalid quota entity combination, IP entity should"
          + "not be combined with User or ClientId")
    }
    guard ip.text.map(AddressText.isAddress) ?? true else {
      throw refusal("\(ip.text ?? "") is not a valid IP or resolvable host.")
    }
    return entity
  }

  private func refusal(_ sentence: String) -> ProtocolError {
    ProtocolError(.invalidRequest, sentence)
  }
}
