import Synchronization

/// Says when an answer may be made and how much it may take, so that all answers together stay within
/// bounds however many there are and however slowly clients take them.
///
/// A fetch gets at most an eighth of the room that there is: whoever does not read holds no more than
/// that (its next request is not even begun), and the room shrinks by an eighth for each such client.
/// The last quarter is kept for short fetches of clients that take what they are sent. Any other answer
/// says what it takes, and is made when there is so much. Who has to wait is served in order of arrival.
final class AnswerAdmission: Sendable {
  /// A client that asks for more gets it in several answers. Longer ones would save it little, and
  /// cost memory for every client that asks and does not read. With what else is in the answer it
  /// stays below a power of two, to which buffers are rounded up.
  private static let longestFetchBytes = (4 << 20) - (64 << 10)
  /// While room is short. The system takes as much for each connection, so that even a client that
  /// will not read it leaves the room as it was.
  private static let shortFetchBytes = 256 << 10
  /// An answer other than a fetch's that would take more is not given (or not in full).
  static let largestBytes = 32 << 20

  /// The right to make one answer, to be given back with `end`.
  struct Grant: Sendable {
    /// How long the answer may be; a fetch's first batch may be longer.
    let bytes: Int
    /// What was counted beforehand.
    fileprivate let reserved: Int
  }

  fileprivate struct Waiter: Sendable {
    let ticket: UInt64
    let connection: ConnectionContext
    /// `nil` for a fetch, which takes what it gets.
    let bytes: Int?
    let proceed: @Sendable (Grant) -> Void
    let refuse: @Sendable () -> Void
  }

  fileprivate struct State {
    var memory: any AnswerMemory = UnboundedMemory()
    var isStopped = false
    var lastTicket: UInt64 = 0
    /// Fetches of clients that take their answers.
    var prompt: [Waiter] = []
    var others: [Waiter] = []
  }

  private let state = Mutex(State())
  private let waitingCount = Atomic<Int>(0)
  private let waitingPromptCount = Atomic<Int>(0)

  func limit(by memory: any AnswerMemory) {
    state.withLock { $0.memory = memory }
    memory.observeReleases { [weak self] in self?.serveWaiting() }
  }

  // MARK: Fetches

  /// At once, if there is room and nobody waits who was there before.
  func fetchNow(for connection: ConnectionContext) -> Grant? {
    let memory = state.withLock { $0.memory }
    let isPrompt = connection.pace.isPrompt
    let waiting = waitingCount.load(ordering: .relaxed)
    if waiting > 0, !isPrompt || waitingPromptCount.load(ordering: .relaxed) > 0 { return nil }
    return Self.fetchBytes(memory, isPrompt: isPrompt, doOthersWait: waiting > 0).map {
      Grant(bytes: $0, reserved: 0)
    }
  }

  /// Counts what the grant allows from now on: the answer will be made later.
  func reserve(_ grant: Grant) -> Grant {
    let memory = state.withLock { $0.memory }
    memory.reserve(grant.bytes - grant.reserved)
    return Grant(bytes: grant.bytes, reserved: grant.bytes)
  }

  /// - Parameter doOthersWait: Then answers are short as well, so that room comes together for who waits.
  fileprivate static func fetchBytes(
    _ memory: any AnswerMemory, isPrompt: Bool, doOthersWait: Bool
  ) -> Int? {
    let (room, reserve) = (memory.roomBytes, reserve(of: memory))
    guard room > (isPrompt ? 0 : reserve) else { return nil }
    let longest = doOthersWait || room <= reserve ? shortFetchBytes : longestFetchBytes
    return min(longest, max(1, room / 8))
  }

  fileprivate static func reserve(of memory: any AnswerMemory) -> Int { memory.limitBytes / 4 }

  /// What the largest answer may take where there is less memory than usual.
  fileprivate static func largest(in memory: any AnswerMemory) -> Int {
    min(largestBytes, memory.limitBytes / 2)
  }

  // MARK: Waiting

  /// - Parameter bytes: What the answer takes while it is made; `nil` for a fetch. More than
  ///   `largestBytes` are not counted.
  /// - Parameter proceed: Called once, on any thread, perhaps before this returns.
  /// - Parameter refuse: Called instead if the broker stops. Neither is called once the connection is
  ///   closed.
  func wait(
    for bytes: Int?, on connection: ConnectionContext,
    proceed: @escaping @Sendable (Grant) -> Void, refuse: @escaping @Sendable () -> Void
  ) {
    let isWaiting = state.withLock { state in
      guard !state.isStopped else { return false }
      state.lastTicket += 1
      let waiter = Waiter(
        ticket: state.lastTicket, connection: connection, bytes: bytes, proceed: proceed,
        refuse: refuse)
      if bytes == nil, connection.pace.isPrompt {
        state.prompt.append(waiter)
      } else {
        state.others.append(waiter)
      }
      noteCounts(state)
      return true
    }
    if isWaiting { serveWaiting() } else { refuse() }
  }

  private func noteCounts(_ state: State) {
    waitingCount.store(state.prompt.count + state.others.count, ordering: .relaxed)
    waitingPromptCount.store(state.prompt.count, ordering: .relaxed)
  }

  /// Lets go on who may, in order.
  private func serveWaiting() {
    if waitingCount.load(ordering: .relaxed) == 0 { return }
    var served: [(Waiter, Grant)] = []
    state.withLock { state in
      // Asked for before the look: what is released after it calls again.
      state.memory.awaitRelease()
      while let next = state.takeNext() { served.append(next) }
      noteCounts(state)
    }
    for (waiter, grant) in served { waiter.proceed(grant) }
  }

  /// The answer has been handed to its connection, or will not be made.
  func end(_ grant: Grant) {
    if grant.reserved == 0 { return }
    let memory = state.withLock { $0.memory }
    memory.reserve(-grant.reserved)
  }

  func drop(connectionID: UInt64) {
    if waitingCount.load(ordering: .relaxed) == 0 { return }
    state.withLock { state in
      state.prompt.removeAll { $0.connection.id == connectionID }
      state.others.removeAll { $0.connection.id == connectionID }
      noteCounts(state)
    }
    // Whoever was behind it may be the next.
    serveWaiting()
  }

  /// Nobody waits any more.
  func stop() {
    let refused = state.withLock { state in
      state.isStopped = true
      defer {
        state.prompt = []
        state.others = []
        noteCounts(state)
      }
      return (state.prompt + state.others).sorted { $0.ticket < $1.ticket }
    }
    for waiter in refused { waiter.refuse() }
  }
}

extension AnswerAdmission.State {
  /// The first of those for whom there is room; what it gets is counted.
  fileprivate mutating func takeNext() -> (AnswerAdmission.Waiter, AnswerAdmission.Grant)? {
    let other = others.first.flatMap { waiter in grant(waiter).map { (waiter, $0) } }
    let prompt = prompt.first.flatMap { waiter in grant(waiter).map { (waiter, $0) } }
    let isOther = other.map { $0.0.ticket } ?? .max < prompt.map { $0.0.ticket } ?? .max
    guard let next = isOther ? other : prompt else { return nil }
    if isOther { others.removeFirst() } else { self.prompt.removeFirst() }
    memory.reserve(next.1.bytes)
    return next
  }

  private func grant(_ waiter: AnswerAdmission.Waiter) -> AnswerAdmission.Grant? {
    guard let bytes = waiter.bytes else {
      return AnswerAdmission.fetchBytes(
        memory, isPrompt: waiter.connection.pace.isPrompt, doOthersWait: false
      ).map { AnswerAdmission.Grant(bytes: $0, reserved: $0) }
    }
    let counted = min(bytes, AnswerAdmission.largest(in: memory))
    guard memory.roomBytes - AnswerAdmission.reserve(of: memory) >= counted else { return nil }
    return AnswerAdmission.Grant(bytes: counted, reserved: counted)
  }
}
