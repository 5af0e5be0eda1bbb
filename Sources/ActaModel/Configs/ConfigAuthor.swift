/// Whose doing the change of a configuration is, for `config_history`.
package struct ConfigAuthor: Hashable, Sendable {
  /// Through what it came; the raw values stand in the table.
  package enum Source: String, Hashable, Sendable {
    case incrementalAlterConfigs = "IncrementalAlterConfigs"
    case alterConfigs = "AlterConfigs"
    case createTopics = "CreateTopics"
    case topicDeletion = "topic deletion"
  }

  package let source: Source
  /// `nil`: no client's doing.
  package let clientID: String?
  package let clientHost: String?
  package let attribution: Attribution

  package init(
    _ source: Source, clientID: String? = nil, clientHost: String? = nil,
    attribution: Attribution = Attribution()
  ) {
    self.source = source
    self.clientID = clientID
    self.clientHost = clientHost
    self.attribution = attribution
  }
}
