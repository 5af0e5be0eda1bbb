import Glibc
import SQLite

/// What stands around a log's file: on its disk, on its filesystem, and who has it open.
package struct FileSurroundings: Equatable, Sendable {
  package let fileBytes: Int64
  /// Of the write-ahead log.
  package let logBytes: Int64
  /// What a broker keeps back for when the disk is full.
  package let reserveBytes: Int64
  /// `nil`: not known.
  package let freeBytes: Int64?
  /// Such as `ext4`; `nil`: not known.
  package let filesystem: String?
  package let isNetworkFilesystem: Bool
  /// Names of the file, of which a server allows one.
  package let linkCount: Int
  /// Processes that read at this moment, as pid and command line.
  package let readers: [String]
  /// The process that serves the log, the same way.
  package let server: String?

  package init(of path: String) throws(OpeningError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .last("opening the database", path) }
    let resolved = realpath(path, nil)
    defer { free(resolved) }
    let file = DatabaseFile(path: resolved.map { String(cString: $0) } ?? path)
    fileBytes = Int64(status.st_size)
    linkCount = Int(status.st_nlink)
    logBytes = Self.size(file.path + "-wal")
    reserveBytes = Self.size(file.path + ".reserve")
    freeBytes = file.freeBytes()
    filesystem = MountTable.filesystem(of: file.path)
    isNetworkFilesystem = filesystem.map { DatabaseFile.isNetwork($0) } ?? false
    let owner = LockTable.owner(of: file.path + ".lock")
    server = owner.map { OtherProcess.described($0) }
    readers = LockTable.readers(of: file.path + "-shm").filter { $0 != owner }
      .map { OtherProcess.described($0) }
  }

  private static func size(_ path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }
}

/// The SQLite library that is linked.
package enum SQLiteLibrary {
  package static var version: String { Connection.libraryVersion }

  /// A checkpoint on one connection while another writes can corrupt the file: fixed in 3.51.3, and in 3.50.7 and
  /// 3.44.6. A broker checkpoints on the connection that writes, and so is not concerned.
  package static func hasCheckpointRace(_ version: String) -> Bool {
    let parts = version.split(separator: ".").compactMap { Int($0) }
    guard parts.count >= 3 else { return true }
    switch (parts[0], parts[1], parts[2]) {
    case (3, 50, 7...), (3, 44, 6...), (3, 51, 3...), (3, 52..., _), (4..., _, _): return false
    default: return true
    }
  }
}
