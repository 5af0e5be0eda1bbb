import ActaModel
import LogStorage
import SQLite

/// Why a read from the tables failed.
enum ColdError: Error {
  case unknownPartition
  /// The log start has moved past what was asked since the bounds were looked at.
  case belowLogStart(Int64)
  case corrupt(offset: Int64, reason: String)
  case database(SQLiteError)

  func storageError(for read: PartitionRead, bounds: LogBounds) -> StorageError {
    guard case .belowLogStart(let logStartOffset) = self else {
      return storageError(partition: read.partition, offset: read.offset)
    }
    return .offsetOutOfRange(
      requested: read.offset, logStartOffset: logStartOffset, highWatermark: bounds.highWatermark)
  }

  func storageError(partition: PartitionID, offset: Int64) -> StorageError {
    switch self {
    case .unknownPartition, .belowLogStart: .unknownPartition(partition)
    case .corrupt(let offset, let reason):
      .corrupt(partition: partition, offset: offset, reason: reason)
    case .database(let error) where error.code == 11 || error.code == 26:
      .corrupt(partition: partition, offset: offset, reason: error.description)
    case .database(let error): .failed(error.description)
    }
  }
}
