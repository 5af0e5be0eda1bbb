import Glibc

/// The database's place in the filesystem: its one true path, what it may be on, and who it is.
struct DatabaseFile: Equatable {
  /// Without symbolic links.
  let path: String

  /// Creates the file (mode 0600) if it is not there; resolves it if it is a link.
  static func prepare(_ path: String, allowsNetworkFilesystem: Bool) throws(OpeningError)
    -> DatabaseFile
  {
    let descriptor = Glibc.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      // Closing it here is harmless: SQLite has not opened the file yet, so no lock is lost.
      Glibc.close(descriptor)
    } else if errno != EEXIST {
      throw .last("creating the database", path)
    }
    guard let resolved = realpath(path, nil) else { throw .last("resolving the path", path) }
    defer { free(resolved) }
    let file = DatabaseFile(path: String(cString: resolved))
    if !allowsNetworkFilesystem { try file.refuseNetworkFilesystem() }
    try file.refuseHardLinks()
    return file
  }

  /// What is free on its filesystem for who runs this; `nil` if it is not known.
  func freeBytes() -> Int64? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }

  /// Which file a path leads to.
  struct Identity: Equatable {
    let deviceMajor: UInt32
    let deviceMinor: UInt32
    let inode: UInt64
  }

  private func refuseHardLinks() throws(OpeningError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .last("stat", path) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      errno = EISDIR
      throw .last("opening the database", path)
    }
    guard status.st_nlink == 1 else {
      throw .hardLinked(path: path, links: Int(status.st_nlink))
    }
  }

  private func refuseNetworkFilesystem() throws(OpeningError) {
    guard let kind = MountTable.filesystem(of: path) else { return }
    guard !Self.isNetwork(kind) else {
      throw .networkFilesystem(path: path, kind: kind)
    }
  }

  static func isNetwork(_ filesystem: String) -> Bool { networkFilesystems.contains(filesystem) }

  private static let networkFilesystems: Set<String> = [
    "9p", "afs", "ceph", "cifs", "coda", "fuse.cephfs", "fuse.glusterfs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "ocfs2", "smb3", "smbfs",
  ]
}

extension OpeningError {
  static func last(_ operation: String, _ path: String) -> OpeningError {
    let code = errno
    return .system(
      operation: operation, path: path, code: code, message: String(cString: strerror(code)))
  }
}
