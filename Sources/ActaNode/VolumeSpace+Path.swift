import ActaModel
import Glibc

extension VolumeSpace {
  /// `nil` where the system does not tell. Opens nothing: closing a descriptor on the database would
  /// drop SQLite's locks.
  init?(at path: String) {
    var volume = statvfs()
    guard statvfs(path, &volume) == 0 else { return nil }
    let block = Int64(volume.f_frsize)
    self.init(total: Int64(volume.f_blocks) * block, usable: Int64(volume.f_bavail) * block)
  }
}
