/// What a client may do when nobody restricts it: one bit per operation that the resource knows
/// (KafkaWire/PROTOCOL.md §9, "Authorized operations").
enum AuthorizedOperations {
  /// Read, write, create, delete, alter, describe, describe configs, alter configs.
  static let topic: Int32 = 3576
  /// Create, alter, describe, cluster action, describe and alter configs, idempotent write.
  static let cluster: Int32 = 8096
  /// Read, delete, describe, describe and alter configs.
  static let group: Int32 = 3400
}
