import Broker
import Bytes
import Threads

/// One connection's requests: their order, what may run beside what, and the bytes they hold.
///
/// Responses leave in the order of their requests (KafkaWire/PROTOCOL.md §1). Pipelined requests
/// run side by side within the limits; any other runs alone, after all before it and before all
/// behind it.
///
/// Events change the state; `next()` then says what to do, one thing at a time, until it has nothing
/// more. It is asked and does not return lists because an answer may arrive inside the call that
/// starts a request, which would otherwise recurse once per request. Knows no socket and no clock.
struct ConnectionState: ~Copyable {
  enum Action {
    case start(sequence: UInt64, frame: ByteSlice)
    case send(BytePieces)
    /// Nothing follows it. What was sent before must still reach the peer.
    case close(CloseReason)
  }

  private enum Phase {
    case open
    /// No more requests come in; the connection closes when all it has are answered.
    case finishing(CloseReason)
    case closed
  }

  private let limits: ConnectionLimits
  private var phase = Phase.open
  /// In request order. Those before `started` run or are answered, the others wait.
  private var entries = Fifo<Entry>()
  private var started = 0
  /// The sequence number of `entries.first`.
  private var firstSequence: UInt64 = 0
  private var running = 0
  private var runningBytes = 0
  private var runsAlone = false

  /// Bytes of frames, and what it takes to hold them, that wait, or run pipelined. Such a frame counts until its answer, even when the
  /// connection has closed meanwhile, because whoever handles it still has it; one that runs alone
  /// counts until it is handed over.
  private(set) var frameBytes = 0
  /// Bytes of responses that wait for earlier ones.
  private var answeredBytes = 0
  /// Bytes of responses given to the socket that it has not taken.
  private var unsentBytes = 0
  /// Set while memory is short: nothing is read, and nothing is started that might be answered at
  /// length. Pipelined requests still start, since their frames are here and their answers small.
  var isHeldBack = false

  init(limits: ConnectionLimits) {
    self.limits = limits
  }

  var heldBytes: Int { frameBytes + responseBytes }
  var responseBytes: Int { answeredBytes + unsentBytes }
  var isIdle: Bool { entries.isEmpty && unsentBytes == 0 }
  var isOpen: Bool { if case .open = phase { true } else { false } }

  /// Whether to read the socket. Once reading has stopped for want of room it goes on at half of the
  /// limits, so that it does not stop again at once: each change costs system calls.
  func wantsToRead(whileReading isReading: Bool) -> Bool {
    isOpen && !isHeldBack && (isReading ? hasRoom : hasMuchRoom)
  }

  /// Whether this connection alone gives no reason to stop reading.
  var hasRoom: Bool {
    entries.count < limits.requests && frameBytes < limits.frameBytes
      && responseBytes < limits.unsentBytes
  }

  private var hasMuchRoom: Bool {
    entries.count <= limits.requests / 2 && frameBytes <= limits.frameBytes / 2
      && responseBytes <= limits.unsentBytes / 2
  }

  /// Whether requests wait for one that must run alone, which may itself wait for minutes.
  var waitsForOne: Bool { runsAlone && started < entries.count }

  /// Whether a request waits for nothing here: neither for one before it nor for the peer to take what
  /// it was sent.
  var isReadyToStart: Bool {
    started < entries.count && running == 0 && !isClosed
      && responseBytes <= limits.unsentBytesBeforeNext
  }

  private var isClosed: Bool { if case .closed = phase { true } else { false } }

  // MARK: Events

  /// A whole frame came in. Frames beyond the limits are kept: what the socket has already given
  /// cannot be given back.
  mutating func received(_ frame: ByteSlice, isPipelined: Bool) {
    guard isOpen else { return }
    let bytes = frame.count + limits.frameOverheadBytes
    frameBytes += bytes
    entries.append(Entry(bytes: bytes, isPipelined: isPipelined, step: .waiting(frame)))
  }

  mutating func answered(_ sequence: UInt64, with reply: Reply) {
    precondition(sequence >= firstSequence, "a request was answered twice")
    let index = Int(sequence - firstSequence)
    guard case .running = entries[index].step else {
      preconditionFailure("a request was answered twice")
    }
    entries[index].step = .answered(isClosed ? .none : reply)
    running -= 1
    if !runsAlone {
      runningBytes -= entries[index].bytes
      frameBytes -= entries[index].bytes
    }
    runsAlone = false
    if !isClosed, case .frame(let response) = reply { answeredBytes += response.count }
  }

  /// The socket has `unsentBytes` left of all it was given.
  mutating func flushed(unsentBytes: Int) {
    self.unsentBytes = unsentBytes
  }

  /// The peer will send no more. It may still read, so all it asked for is answered.
  mutating func inputClosed() {
    if isOpen { phase = .finishing(.peerClosed) }
  }

  /// The server stops: what runs is answered, what has not started is not.
  mutating func stopped() {
    guard !isClosed else { return }
    phase = .finishing(.shutdown)
    dropWaiting()
  }

  /// The connection has no future, but what was given to the socket is still to be sent and is held
  /// until then.
  mutating func closing() {
    phase = .closed
    dropWaiting()
    answeredBytes = 0
  }

  /// The connection is gone.
  mutating func closed() {
    closing()
    unsentBytes = 0
  }

  // MARK: What to do

  mutating func next() -> Action? {
    if isClosed { return nil }
    if let action = takeAnswered() { return action }
    if let action = startWaiting() { return action }
    if case .finishing(let reason) = phase, entries.isEmpty { return close(reason) }
    return nil
  }

  private mutating func takeAnswered() -> Action? {
    while !entries.isEmpty, case .answered(let reply) = entries[0].step {
      entries.removeFirst()
      firstSequence += 1
      started -= 1
      switch reply {
      case .frame(let response):
        answeredBytes -= response.count
        unsentBytes += response.count
        return .send(response)
      case .none: continue
      case .close(let reason): return close(.error(reason))
      }
    }
    return nil
  }

  private mutating func startWaiting() -> Action? {
    guard started < entries.count else { return nil }
    let index = started
    guard mayStart(entries[index]), case .waiting(let frame) = entries[index].step else {
      return nil
    }
    entries[index].step = .running
    running += 1
    runsAlone = !entries[index].isPipelined
    if runsAlone {
      // It is decoded when the handler returns, and may then wait for minutes (JoinGroup): its frame
      // is held no longer.
      frameBytes -= entries[index].bytes
    } else {
      runningBytes += entries[index].bytes
    }
    defer { started += 1 }
    return .start(sequence: firstSequence + UInt64(started), frame: frame)
  }

  private func mayStart(_ entry: Entry) -> Bool {
    guard responseBytes < limits.unsentBytes else { return false }
    guard entry.isPipelined else {
      return running == 0 && !isHeldBack && responseBytes <= limits.unsentBytesBeforeNext
    }
    return running == 0
      || !runsAlone && running < limits.requests && runningBytes + entry.bytes <= limits.frameBytes
  }

  private mutating func close(_ reason: CloseReason) -> Action {
    closing()
    return .close(reason)
  }

  private mutating func dropWaiting() {
    while entries.count > started { frameBytes -= entries.removeLast().bytes }
  }
}

extension ConnectionState {
  private struct Entry {
    let bytes: Int
    let isPipelined: Bool
    var step: Step
  }

  private enum Step {
    case waiting(ByteSlice)
    case running
    case answered(Reply)
  }
}
