import Glibc
import LogStorage

/// Tells of a write-ahead log that is damaged, before SQLite recovers what it takes of it and forgets the
/// rest. There is one copy of what was written, so nothing can be mended; but it is said, and the log is kept.
struct DamagedLog {
  let path: String
  let inspection: LogInspection

  /// Looks at the log of `file`, if there is one.
  static func look(
    at file: DatabaseFile, mayHaveLostPower: Bool, now: Int64, log: (LogLevel, String) -> Void
  ) {
    let path = file.path + "-wal"
    guard
      let inspection = LogInspection.of(
        path, pageSize: Int(ConnectionSetup.pageSize), mayHaveLostPower: mayHaveLostPower),
      inspection.verdict != .sound
    else { return }
    let damaged = DamagedLog(path: path, inspection: inspection)
    let level = inspection.verdict == .damaged ? LogLevel.error : .warning
    log(level, damaged.sentence + damaged.keepAside(at: now))
  }

  private var sentence: String {
    let place =
      inspection.firstBadFrame == 0
      ? "its header does not match its checksum"
      : "frame \(inspection.firstBadFrame) does not match its checksum"
    let lost =
      "\(inspection.lostTransactions) transactions in \(inspection.lostFrames) frames from there on are"
      + " lost, and \(inspection.recoveredFrames) frames before are recovered"
    return switch inspection.verdict {
    case .damaged: "\(path) is damaged: \(place), so that \(lost); "
    case .gaps:
      "\(path) has a gap, as a loss of power may leave it: \(place), so that \(lost); "
    case .sound: ""
    }
  }

  // MARK: Keeping it

  /// Copies the log before it is recovered. What became of it, for the sentence.
  private func keepAside(at now: Int64) -> String {
    let copy = "\(path).damaged-\(now / 1_000)"
    let source = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard source >= 0 else { return notKept }
    defer { close(source) }
    let target = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard target >= 0 else { return notKept }
    defer { close(target) }
    guard Self.copy(source, to: target), fsync(target) == 0 else {
      defer { unlink(copy) }
      return notKept
    }
    return "as it was it is kept in \(copy)"
  }

  private var notKept: String { "it could not be kept: \(String(cString: strerror(errno)))" }

  private static func copy(_ source: Int32, to target: Int32) -> Bool {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(source, buffer.baseAddress!, buffer.count)
      if count <= 0 { return count == 0 }
      var written = 0
      while written < count {
        let more = write(target, buffer.baseAddress! + written, count - written)
        guard more > 0 else { return false }
        written += more
      }
    }
  }
}
