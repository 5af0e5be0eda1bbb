/// How a transaction ends, and so what its last turn has to write: a marker into each partition, and the
/// positions of its groups, or not.
package struct TransactionEnd: Equatable, Sendable {
  package let transactionalID: String
  /// The markers' producer; with KIP-890, and when a producer is fenced, an epoch above that of the records.
  package let marker: ProducerClaim
  package let isCommit: Bool
  package let partitions: Set<PartitionID>
  package let groups: Set<ExactText>

  package init(
    transactionalID: String, marker: ProducerClaim, isCommit: Bool, partitions: Set<PartitionID>,
    groups: Set<ExactText>
  ) {
    self.transactionalID = transactionalID
    self.marker = marker
    self.isCommit = isCommit
    self.partitions = partitions
    self.groups = groups
  }
}
