import ActaModel
import Coordination

/// What members of both protocols have: a coordinator that is known or looked for, calls with numbers, attempts
/// that come again later each time, a program that polls or not, and what they ask for.
struct MembershipBasis {
  private enum Coordinator {
    case unknown
    case searching
    case known(Int32)
  }

  let settings: MembershipSettings
  private var coordinator = Coordinator.unknown
  private var lastNumber: UInt64 = 0
  /// Attempts that have failed one after the other.
  private var failures = 0
  /// Nothing is attempted again before then.
  private(set) var notBefore: Instant?
  private var random: SplitMix
  /// Since when the program works on what it was given.
  private var processingSince: Instant?
  /// Whether the program has been told of a change of partitions, and is not done with it.
  private(set) var isChanging = false
  private var effects: [MembershipEffect] = []

  init(_ settings: MembershipSettings, seed: UInt64) {
    self.settings = settings
    random = SplitMix(state: seed)
  }

  mutating func takeEffects() -> [MembershipEffect] {
    defer { effects = [] }
    return effects
  }

  mutating func ask(_ effect: MembershipEffect) { effects.append(effect) }

  // MARK: The coordinator

  var isCoordinatorKnown: Bool {
    if case .known = coordinator { true } else { false }
  }

  var isSearching: Bool {
    if case .searching = coordinator { true } else { false }
  }

  /// Looks for the coordinator where it is not known, when the time for it has come.
  mutating func search(at now: Instant) {
    guard case .unknown = coordinator, isDue(at: now) else { return }
    coordinator = .searching
    ask(.findCoordinator)
  }

  mutating func found(_ node: Int32) {
    coordinator = .known(node)
    succeed()
  }

  mutating func forgetCoordinator() {
    // Who looks for it already goes on doing so.
    if isCoordinatorKnown { coordinator = .unknown }
  }

  mutating func notFound(at now: Instant) {
    coordinator = .unknown
    backOff(at: now)
  }

  /// - Returns: The call's number; `nil` while there is nobody to send it to.
  mutating func send(
    _ request: MembershipCall.Request, timeoutMilliseconds: Int32? = nil
  ) -> UInt64? {
    guard case .known(let node) = coordinator else { return nil }
    lastNumber += 1
    ask(
      .send(
        MembershipCall(
          number: lastNumber, node: node, request: request,
          timeoutMilliseconds: timeoutMilliseconds ?? settings.requestTimeoutMilliseconds)))
    return lastNumber
  }

  // MARK: Attempts

  func isDue(at now: Instant) -> Bool { notBefore.map { $0 <= now } ?? true }

  mutating func succeed() {
    failures = 0
    notBefore = nil
  }

  mutating func backOff(at now: Instant) {
    failures += 1
    let wait = settings.retryBackoff.milliseconds(
      after: failures, chance: Double.random(in: 0..<1, using: &random))
    notBefore = now + wait
  }

  // MARK: Changes of partitions

  mutating func change(_ effect: MembershipEffect) {
    precondition(!isChanging, "two changes of partitions at once")
    isChanging = true
    ask(effect)
  }

  mutating func changeIsDone() { isChanging = false }

  // MARK: Polling

  mutating func pollBegan() { processingSince = nil }
  mutating func pollEnded(at now: Instant) { processingSince = now }

  /// When the program has taken too long.
  var pollDeadline: Instant? { processingSince.map { $0 + settings.maxPollIntervalMilliseconds } }

  func isPollOverdue(at now: Instant) -> Bool { pollDeadline.map { $0 <= now } ?? false }
}

extension ClientFailure {
  /// What a member says that cannot go on.
  init(
    _ code: ErrorCode, message: String?, of settings: MembershipSettings, _ what: String
  ) {
    let reason = message.map { ": \($0)" } ?? ""
    self.init(.refused(code), "Group \(settings.groupID), \(what): \(code)\(reason)")
  }
}

extension Sequence<TopicPartition> {
  /// In the order in which programs are told of them.
  func inOrder() -> [TopicPartition] {
    sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
  }
}
