package import ActaModel
package import LogStorage

extension LogStorage {
  @discardableResult
  package func configure(
    _ entity: ConfigEntity, as overrides: [String: String],
    by author: ConfigAuthor = ConfigAuthor(.incrementalAlterConfigs)
  ) async throws -> Result<Void, StorageError> {
    try await turn { try $0.configure(entity, as: overrides, by: author) }
  }

  /// As a turn sees them.
  package func overrides(of entity: ConfigEntity) async throws -> [String: String]? {
    try await turn { $0.overrides(of: entity) }
  }
}
