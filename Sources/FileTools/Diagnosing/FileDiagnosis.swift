import SQLite
import SQLiteStore

/// What can be told of a log's file without reading its records.
package struct FileDiagnosis {
  private static let logNotice: Int64 = 64 << 20
  private static let gigabyte: Int64 = 1 << 30

  private let path: String
  private let surroundings: FileSurroundings

  package init(_ path: String) throws {
    self.path = path
    surroundings = try FileSurroundings(of: path)
  }

  package func run() -> [Advice] {
    [whole, server] + [filesystem, links, log, disk, holes, race].compactMap { $0 } + opened()
  }

  private func bytes(_ count: Int64) -> String {
    count < 10_000_000 ? "\(count) bytes" : "\(count / 1_000_000) MB"
  }

  private var whole: Advice {
    Advice(.ok, "file", "\(path) has \(bytes(surroundings.fileBytes)).")
  }

  private var server: Advice {
    surroundings.server.map { Advice(.ok, "broker", "Process \($0) serves it.") }
      ?? Advice(.note, "broker", "No broker on this machine serves it now.")
  }

  private var filesystem: Advice? {
    guard surroundings.isNetworkFilesystem, let kind = surroundings.filesystem else { return nil }
    return Advice(
      .problem, "filesystem",
      "It is on \(kind), a network filesystem, where SQLite's locks cannot be relied on: use a local disk."
    )
  }

  private var links: Advice? {
    guard surroundings.linkCount > 1 else { return nil }
    return Advice(
      .problem, "links",
      "It is one of \(surroundings.linkCount) names of one file, and no broker starts on it: remove the others."
    )
  }

  private var log: Advice? {
    let size = "The write-ahead log has \(bytes(surroundings.logBytes))"
    guard surroundings.logBytes > Self.logNotice else {
      return Advice(.ok, "write-ahead log", size + ".")
    }
    guard !surroundings.readers.isEmpty else {
      return Advice(.note, "write-ahead log", size + ": it is emptied when no reader stays.")
    }
    return Advice(
      .problem, "write-ahead log",
      size
        + ", and cannot be emptied while these read: \(surroundings.readers.joined(separator: ", "))."
    )
  }

  private var disk: Advice? {
    guard let free = surroundings.freeBytes else { return nil }
    let sentence = "\(bytes(free)) are free on its disk"
    if free < max(surroundings.logBytes, 100 << 20) {
      return Advice(
        .problem, "disk",
        sentence + ": producing will be refused soon. Make room, or set retention.bytes.")
    }
    if free < Self.gigabyte { return Advice(.note, "disk", sentence + ", which is little.") }
    return Advice(.ok, "disk", sentence + ".")
  }

  private var holes: Advice? {
    guard surroundings.server != nil, surroundings.reserveBytes == 0 else { return nil }
    return Advice(
      .note, "reserve",
      "Nothing is kept back for when the disk is full (acta.disk.reserve.bytes): deleting needs room, too."
    )
  }

  private var race: Advice? {
    let version = SQLiteLibrary.version
    guard SQLiteLibrary.hasCheckpointRace(version) else {
      return Advice(.ok, "SQLite", "SQLite \(version) has no bug that concerns a log.")
    }
    return Advice(
      .note, "SQLite",
      "SQLite \(version): a checkpoint by another program than the broker can corrupt the file (fixed in 3.51.3, "
        + "3.50.7, 3.44.6). The broker is not concerned; keep others from it (PRAGMA wal_autocheckpoint = 0)."
    )
  }

  // MARK: Inside

  private func opened() -> [Advice] {
    do {
      return try inside(try StoredLog(reading: path))
    } catch {
      return [Advice(.problem, "schema", "\(error)")]
    }
  }

  private func inside(_ log: StoredLog) throws -> [Advice] {
    let partitions = try log.integer("SELECT count(*) FROM partitions") ?? 0
    let records = try log.integer("SELECT coalesce(sum(record_count), 0) FROM partitions") ?? 0
    let id = try log.text("SELECT value FROM cluster WHERE key = 'cluster_id'") ?? "none"
    let epoch = try log.text("SELECT value FROM cluster WHERE key = 'leader_epoch'") ?? "none"
    var advice = [
      Advice(
        .ok, "log",
        "Cluster \(id), leader epoch \(epoch): \(partitions) partitions with \(records) records.")
    ]
    let differences = try log.schemaDifferences()
    if !differences.isEmpty {
      let names = differences.prefix(5).map(\.name).joined(separator: ", ")
      advice.append(
        Advice(
          .problem, "schema",
          "\(differences.count) tables, indexes, views or triggers are missing or otherwise (\(names)): "
            + "`acta check --repair` says what can be done."))
    }
    let open =
      try log.integer("SELECT count(*) FROM open_transactions WHERE transactional_id IS NULL") ?? 0
    if open > 0 {
      advice.append(
        Advice(
          .problem, "transactions",
          "\(open) transactions hang: consumers of committed records wait for ever. kafka-transactions aborts them."
        ))
    }
    return advice
  }
}
