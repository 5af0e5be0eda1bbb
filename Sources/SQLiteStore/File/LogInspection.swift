/// What SQLite is about to recover from a write-ahead log that a killed broker has left, and what not.
///
/// Recovery ends, without a word, at the first frame that does not match its checksum, for so it finds the
/// end of a log whose last write was cut short. What a flipped bit ends looks the same but for what is
/// behind: whole frames of the same generation (the salt is the log's; those of an earlier one are left
/// over), which end a transaction. A process that was killed leaves none: it wrote them in order. After a
/// loss of power there may be some that were written sooner than one before them; none of that was synced.
/// So when the machine has gone down since, only a frame in which one word is wrong tells of damage: a write
/// that was cut short has wrong sectors.
struct LogInspection: Equatable {
  enum Verdict: Equatable {
    case sound
    /// Bytes have changed.
    case damaged
    /// Something is missing, which a loss of power may have kept from being written.
    case gaps
  }

  private(set) var verdict = Verdict.sound
  /// The first frame that does not match, from 1; 0 is the log's own header.
  private(set) var firstBadFrame = 0
  /// Frames behind the last transaction that is recovered, as far as transactions go, and their number.
  private(set) var lostFrames = 0
  private(set) var lostTransactions = 0
  /// The last frame that is recovered.
  private(set) var recoveredFrames = 0

  /// - Parameter mayHaveLostPower: The machine may have gone down since the log was written.
  /// - Returns: `nil` if there is nothing to recover.
  static func of(_ path: String, pageSize: Int, mayHaveLostPower: Bool) -> LogInspection? {
    guard let frames = LogFrames(path: path, pageSize: pageSize) else { return nil }
    var walk = Walk(frames.header)
    frames.visit { walk.pass($0) }
    // Another process has the log open and begins it anew.
    guard frames.isStillCurrent else { return nil }
    return walk.finish(mayHaveLostPower: mayHaveLostPower)
  }

  /// The walk over the frames.
  private struct Walk {
    let header: LogFrames.Header
    var inspection = LogInspection()
    var salt: (UInt32, UInt32)
    /// Carried on from frame to frame as it is stored, so that what follows a bad frame still matches.
    var chain: LogChecksum
    var isBroken: Bool
    /// The first bad frame has one wrong word.
    var isFlipped: Bool

    init(_ header: LogFrames.Header) {
      self.header = header
      salt = header.salt
      chain = header.checksum
      isBroken = !header.isWhole
      // Frames tell the generation if the header cannot.
      isFlipped = isBroken
    }

    mutating func pass(_ frame: LogFrames.Frame) {
      if frame.number == 1, !header.isWhole { salt = frame.salt }
      let isOfLog = frame.salt == salt && frame.page != 0
      if isBroken {
        if isOfLog, header.isWhole || checksum(of: frame) == frame.checksum { passBehind(frame) }
        chain = frame.checksum
        return
      }
      let checksum = checksum(of: frame)
      chain = frame.checksum
      if isOfLog, checksum == frame.checksum {
        if frame.sizeAfterCommit != 0 { inspection.recoveredFrames = frame.number }
      } else {
        breakOff(at: frame, checksum)
      }
    }

    /// As it follows from the frame before.
    private func checksum(of frame: LogFrames.Frame) -> LogChecksum {
      var checksum = chain
      checksum.add(frame.head, isSwapped: header.isSwapped)
      checksum.add(frame.body, isSwapped: header.isSwapped)
      return checksum
    }

    private mutating func passBehind(_ frame: LogFrames.Frame) {
      guard frame.sizeAfterCommit != 0 else { return }
      inspection.lostTransactions += 1
      inspection.lostFrames = frame.number - inspection.recoveredFrames
    }

    private mutating func breakOff(at frame: LogFrames.Frame, _ checksum: LogChecksum) {
      isBroken = true
      inspection.firstBadFrame = frame.number
      let words = (frame.head.count + frame.body.count) / 4
      // If all matches but the salt, that is what has changed.
      isFlipped =
        checksum == frame.checksum
        || (frame.salt == salt && checksum.differsByOneWord(from: frame.checksum, words: words))
      guard isFlipped, frame.sizeAfterCommit != 0 else { return }
      inspection.lostTransactions = 1
      inspection.lostFrames = frame.number - inspection.recoveredFrames
    }

    func finish(mayHaveLostPower: Bool) -> LogInspection {
      var inspection = inspection
      guard inspection.lostTransactions > 0 else { return inspection }
      inspection.verdict = isFlipped || !mayHaveLostPower ? .damaged : .gaps
      return inspection
    }
  }
}
