/// How long a connection has been doing nothing, in its four forms. Milliseconds throughout.
struct ConnectionTimers {
  private let maxPartialFrame: Int64
  private let maxStall: Int64
  private let maxStallWhenShort: Int64
  private let maxStallWhenExhausted: Int64
  /// What counts as progress when memory is short: a peer that takes less in the time that it may
  /// stall is as good as one that takes nothing.
  private static let progressWhenShort = 64 << 10

  private var lastActivity: Int64
  /// When the frame now coming in began; a peer that trickles bytes does not renew it.
  private var partialSince: Int64?
  private var lastProgress: Int64
  /// Since when there were always requests behind one that runs alone.
  private var waitingSince: Int64?
  /// At the last progress.
  private var takenBytes = 0

  init(_ configuration: ServerConfiguration, now: Int64) {
    maxPartialFrame = configuration.maxPartialFrameMilliseconds
    maxStall = configuration.maxStallMilliseconds
    maxStallWhenShort = min(maxStall, configuration.maxStallWhenMemoryIsShortMilliseconds)
    maxStallWhenExhausted = min(
      maxStallWhenShort, configuration.maxStallWhenMemoryIsExhaustedMilliseconds)
    lastActivity = now
    lastProgress = now
  }

  mutating func received(completedFrame: Bool, hasPartialFrame: Bool, at now: Int64) {
    lastActivity = now
    if !hasPartialFrame {
      partialSince = nil
    } else if completedFrame || partialSince == nil {
      partialSince = now
    }
  }

  /// Looks at the clock; `takenBytes` is all the peer's socket has taken since the beginning, `maxIdle`
  /// how long it may be idle now; for ever if it is negative, as in Kafka.
  mutating func overdue(
    at now: Int64, isReading: Bool, isIdle: Bool, waitsForOne: Bool, unsentBytes: Int,
    takenBytes: Int, isMemoryShort: Bool, areResponsesMany: Bool, doOthersWait: Bool,
    maxIdle: Int64
  ) -> CloseReason? {
    let progress = areResponsesMany ? Self.progressWhenShort : 1
    if unsentBytes == 0 || takenBytes - self.takenBytes >= progress {
      lastProgress = now
      self.takenBytes = takenBytes
    }
    // A peer is not slow while it is we who do not read.
    if partialSince != nil, !isReading { partialSince = now }
    if !isIdle { lastActivity = now }

    if let partialSince, now - partialSince >= maxPartialFrame {
      return .error("a request was incomplete for \(maxPartialFrame) ms")
    }
    waitingSince = waitsForOne ? waitingSince ?? now : nil
    if isMemoryShort, let waitingSince, now - waitingSince >= maxStallWhenShort {
      return .error("requests waited \(maxStallWhenShort) ms for one before them")
    }
    let maxStall =
      doOthersWait ? maxStallWhenExhausted : areResponsesMany ? maxStallWhenShort : maxStall
    if now - lastProgress >= maxStall {
      let taken = areResponsesMany ? "next to nothing" : "no byte"
      return .error("the peer took \(taken) of its responses for \(maxStall) ms")
    }
    return maxIdle >= 0 && now - lastActivity >= maxIdle ? .idle : nil
  }
}
