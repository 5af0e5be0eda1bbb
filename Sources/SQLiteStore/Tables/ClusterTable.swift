import ActaModel
import Bytes
import LogStorage
import SQLite

/// `cluster`: who this log is, as names and values.
final class ClusterTable {
  private let database: Database
  private let set: Statement

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    set = try database.prepare("INSERT OR REPLACE INTO cluster(key, value) VALUES (?, ?)")
  }

  private enum Name: String {
    case clusterID = "cluster_id"
    case createdAt = "created_at"
    case instanceID = "instance_id"
    case leaderEpoch = "leader_epoch"
    case nextProducerID = "next_producer_id"
    case viewsVersion = "views_version"
  }

  private func value(_ name: Name) throws(SQLiteError) -> String? {
    try database.text("SELECT value FROM cluster WHERE key = '\(name.rawValue)'")
  }

  private func put(_ name: Name, _ value: String) throws(SQLiteError) {
    try set.bind(name.rawValue, at: 1)
    try set.bind(value, at: 2)
    try set.run()
  }

  private func number(_ name: Name, in range: ClosedRange<Int64>) throws -> Int64? {
    guard let text = try value(name) else { return nil }
    guard let number = Int64(text), range.contains(number) else {
      throw unreadable(
        name, text, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private func unreadable(_ name: Name, _ text: String, _ expected: String) -> StoreError {
    .unreadable(
      "cluster cannot be read: in row \(name.rawValue), value is '\(text.prefix(100))', not"
        + " \(expected)")
  }

  /// Rows that a start does not need are looked at all the same: later they would cost a request.
  private func verify() throws {
    _ = try number(.nextProducerID, in: Plausible.count)
    _ = try number(.createdAt, in: .min ... .max)
    guard let id = try value(.clusterID) else { return }
    let isPlausible =
      !id.isEmpty && id.utf8.count <= 255 && id.utf8.allSatisfy { $0 > 32 && $0 < 127 }
    if !isPlausible { throw unreadable(.clusterID, id, "up to 255 letters, digits and signs") }
  }

  // MARK: A start

  struct Start: Sendable {
    let clusterID: String
    let leaderEpoch: LeaderEpoch
    let instanceID: String
  }

  /// Takes the next leader epoch and a new instance id, on disk when this returns.
  ///
  /// - Parameter newClusterID: Of a log that has none yet; `nil` draws one.
  func recordStart(nowMilliseconds: Int64, newClusterID: String?) throws -> Start {
    var random = SystemRandomNumberGenerator()
    let instance = Base64.urlSafe(high: random.next(), low: random.next())
    let fresh = newClusterID ?? Base64.urlSafe(high: random.next(), low: random.next())
    return try ConnectionSetup.withFullSync(database.connection) {
      let transaction = try database.connection.beginImmediate()
      try verify()
      let clusterID = try value(.clusterID) ?? fresh
      let last = try number(.leaderEpoch, in: -1...Int64(Int32.max) - 1) ?? -1
      if try value(.createdAt) == nil { try put(.createdAt, String(nowMilliseconds)) }
      try put(.clusterID, clusterID)
      try put(.leaderEpoch, String(last + 1))
      try put(.instanceID, instance)
      try transaction.commit()
      return Start(
        clusterID: clusterID, leaderEpoch: LeaderEpoch(Int32(last + 1)), instanceID: instance)
    }
  }

  /// Epochs that lie between those of a log and of a copy that goes its own way: so many starts of the one
  /// do not reach the other, and two copies hardly ever meet.
  private static let epochsBetweenCopies: ClosedRange<Int64> = 1_000...1_000_000

  /// What was a copy goes its own way. Inside a transaction that is under way.
  func becomeAnother() throws -> (clusterID: String, firstEpoch: Int64) {
    try verify()
    var random = SystemRandomNumberGenerator()
    let id = Base64.urlSafe(high: random.next(), low: random.next())
    let last = try number(.leaderEpoch, in: -1...Int64(Int32.max) - 1) ?? -1
    let raised = last + .random(in: Self.epochsBetweenCopies, using: &random)
    guard raised < Int64(Int32.max) else {
      throw StoreError.refused("leader epoch \(last) leaves no room for those of a copy")
    }
    try put(.clusterID, id)
    try put(.leaderEpoch, String(raised))
    return (id, raised + 1)
  }

  /// Throws when another server has opened the same file.
  func checkOwner(_ instanceID: String) throws {
    let owner = try value(.instanceID)
    guard owner == instanceID else {
      throw StoreError.device(
        "another server (instance \(owner ?? "unknown")) has taken over the database")
    }
  }

  // MARK: Views

  /// Of the views over topics as they are in the file; `nil`: from before there was one.
  func viewsVersion() throws(SQLiteError) -> String? { try value(.viewsVersion) }

  func setViewsVersion(_ version: String) throws(SQLiteError) { try put(.viewsVersion, version) }

  // MARK: Producer ids

  func reserveProducerIDs(_ count: Int64) throws -> Range<ProducerID> {
    let first = try readingForRequest { try number(.nextProducerID, in: Plausible.count) } ?? 0
    try put(.nextProducerID, String(first + count))
    return ProducerID(first)..<ProducerID(first + count)
  }
}
