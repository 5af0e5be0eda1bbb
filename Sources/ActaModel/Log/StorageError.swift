/// Why the storage refused or failed an operation. `Broker` maps each case to a protocol code in
/// one place.
package enum StorageError: Error, Equatable, Sendable {
  case unknownTopic
  case unknownPartition(PartitionID)
  case topicExists(name: String)
  /// Another topic's name is the same once `.` is read as `_`.
  case topicNameCollides(with: String)
  /// The new total must be larger than the present count.
  case partitionCountNotLarger(present: Int)
  case tooMany(String)
  case offsetOutOfRange(requested: Offset, logStartOffset: Offset, highWatermark: Offset)

  /// The producer's epoch is lower than the one known (KafkaWire/PROTOCOL.md §15).
  case staleProducerEpoch(known: Int16)
  /// The batch's first sequence does not follow the last one.
  case sequenceOutOfOrder(expected: Int32, found: Int32)

  /// The transaction's coordinator, or what the partition knows of its producer, stands against a
  /// transactional batch or a marker; also against a batch without a transaction of a producer that has one
  /// open there.
  case transactionRefused(ErrorCode)

  /// Stored rows are no longer what was acknowledged.
  case corrupt(partition: PartitionID, offset: Offset, reason: String)
  /// The disk is full: definitely not stored.
  case full
  /// What was written cannot be moved to its place, because a reader of the database does not
  /// stop, and no more may pile up: definitely not stored.
  case pinned
  /// The write queue holds as much as it may; nothing was queued.
  case overloaded
  /// Rows that the database did not take (a trigger, an index or a constraint of an application's):
  /// definitely not stored, and the next ones may be.
  case refused(String)
  /// An I/O error, or a COMMIT whose result is not known: the storage stops after it, and the
  /// failure observer is called. Also a lock that another process has held for too long: what waited was
  /// definitely not stored, and the storage goes on.
  case failed(String)
  /// The storage is closing or has stopped.
  case closed
}
