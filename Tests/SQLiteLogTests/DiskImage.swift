import CRecordingVFS
import Foundation
import LogTestSupport

/// What happens to writes that no sync has covered when the power goes.
enum Survival: CaseIterable {
  case synced
  case everything
  /// Each with a chance of one half.
  case someWrites
  /// As before, in pieces of 512 bytes.
  case someSectors
}

/// The disk of a recording, played up to some operation.
struct DiskPlayback {
  private var synced = DiskImage()
  private var pending: [[DiskImage.Change]] = [[], []]
  private var position: Int64 = 0

  /// The disk after a loss of power when `count` operations had been made; counts only rise.
  mutating func image(
    after count: Int64, _ survival: Survival, _ generator: inout SeededGenerator
  ) -> DiskImage {
    while position < count {
      play(recording_get(position))
      position += 1
    }
    var image = synced
    for file in 0..<2 {
      for change in pending[file] { image.survive(change, file, survival, &generator) }
    }
    return image
  }

  private mutating func play(_ operation: recording_operation) {
    let file = Int(operation.file)
    switch operation.kind {
    case Int32(recording_sync.rawValue):
      for change in pending[file] { synced.apply(change, to: file) }
      pending[file] = []
    case Int32(recording_truncate.rawValue):
      pending[file].append(DiskImage.Change(offset: Int(operation.offset), bytes: nil))
    default:
      let bytes = [UInt8](
        UnsafeRawBufferPointer(start: operation.bytes, count: Int(operation.size)))
      pending[file].append(DiskImage.Change(offset: Int(operation.offset), bytes: bytes))
    }
  }
}

/// The database and its write-ahead log as a loss of power left them.
struct DiskImage {
  /// The database, then the log.
  private var contents: [[UInt8]] = [[], []]

  fileprivate struct Change {
    let offset: Int
    /// `nil` cuts the file at `offset`.
    let bytes: [UInt8]?
  }

  fileprivate mutating func survive(
    _ change: Change, _ file: Int, _ survival: Survival, _ generator: inout SeededGenerator
  ) {
    switch survival {
    case .synced: break
    case .everything: apply(change, to: file)
    case .someWrites:
      if Bool.random(using: &generator) { apply(change, to: file) }
    case .someSectors:
      guard let bytes = change.bytes else {
        if Bool.random(using: &generator) { apply(change, to: file) }
        return
      }
      for start in stride(from: 0, to: bytes.count, by: 512) where Bool.random(using: &generator) {
        let piece = Array(bytes[start..<min(start + 512, bytes.count)])
        apply(Change(offset: change.offset + start, bytes: piece), to: file)
      }
    }
  }

  fileprivate mutating func apply(_ change: Change, to file: Int) {
    guard let bytes = change.bytes else {
      if contents[file].count > change.offset {
        contents[file].removeLast(contents[file].count - change.offset)
      } else {
        extend(file, to: change.offset)
      }
      return
    }
    extend(file, to: change.offset + bytes.count)
    contents[file].replaceSubrange(change.offset..<change.offset + bytes.count, with: bytes)
  }

  private mutating func extend(_ file: Int, to size: Int) {
    let missing = size - contents[file].count
    if missing > 0 { contents[file].append(contentsOf: repeatElement(0, count: missing)) }
  }

  func write(to path: String) throws {
    for suffix in ["-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    try Data(contents[0]).write(to: URL(fileURLWithPath: path))
    try Data(contents[1]).write(to: URL(fileURLWithPath: path + "-wal"))
  }
}
