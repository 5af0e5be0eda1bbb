import ActaModel
import Bytes
import ClientCore
import KafkaWire
import Threads
import Transport

/// A connection to one broker: finds out what it speaks, proves who the client is, sends requests, and brings each its
/// answer. Answers come in the order of the requests (KafkaWire/PROTOCOL.md §1), so one that is late holds up those
/// behind it: when its time is up, the connection is over.
///
/// Only the client's loop touches it.
final class BrokerConnection: FrameLinkDelegate {
  enum Phase {
    case connecting
    /// Asked what the broker speaks.
    case greeting
    /// Proves who the client is, for the first time or again.
    case authenticating(SpokenVersions)
    case ready(SpokenVersions)
    case closed(ClientFailure)
  }

  /// A request that was sent, or waits until the connection is ready.
  private struct Question {
    let deadline: Int64
    let answered: (Result<ByteSlice, ClientFailure>) -> Void
  }

  private typealias Work = (SpokenVersions) -> Void

  let name: String
  private let link: any FrameLink
  let loop: EventLoop
  let identity: ClientIdentity
  var phase = Phase.connecting
  private var nextCorrelationID: Int32 = 0
  /// By order of sending.
  private var questions = Fifo<(id: Int32, question: Question)>()
  private var waiting: [(deadline: Int64, work: Work, fail: (ClientFailure) -> Void)] = []
  private var timer: LoopTimer?
  /// When the client proves again who it is.
  var renewal: LoopTimer?
  /// How often it has been ready: the first time, and after each renewal.
  private(set) var readyCount = 0
  private var answerCount = 0
  private let closed: (BrokerConnection) -> Void
  private let became: (BrokerConnection) -> Void

  /// Begins to connect.
  ///
  /// - Parameters:
  ///   - name: For people: the broker's address.
  ///   - ready: Called when requests can be sent at once.
  ///   - closed: Called once, when the connection is over, whatever the reason.
  init(
    _ name: String, over link: any FrameLink, on loop: EventLoop, as identity: ClientIdentity,
    ready: @escaping (BrokerConnection) -> Void, closed: @escaping (BrokerConnection) -> Void
  ) {
    self.name = name
    self.link = link
    self.loop = loop
    self.identity = identity
    self.became = ready
    self.closed = closed
    link.open(self)
  }

  var versions: SpokenVersions? {
    if case .ready(let versions) = phase { versions } else { nil }
  }

  var isOpen: Bool {
    failure == nil
  }

  /// Why the connection is over; `nil` while it is not.
  var failure: ClientFailure? {
    if case .closed(let failure) = phase { failure } else { nil }
  }

  /// Requests without an answer yet.
  var inFlightCount: Int { questions.count + waiting.count }

  // MARK: Requests

  /// Sends a request, now or when the connection is ready.
  ///
  /// - Parameters:
  ///   - make: The request in a version that both sides know.
  ///   - completion: Called once, later than this returns.
  func send<R: RequestMessage>(
    within timeoutMilliseconds: Int64,
    _ make: @escaping (SpokenVersions) throws(ClientFailure) -> (request: R, version: Int16),
    completion: @escaping (Result<R.Response, ClientFailure>) -> Void
  ) {
    let deadline = Clock.monotonicMilliseconds() + timeoutMilliseconds
    let work: Work = { [unowned self] versions in
      do throws(ClientFailure) {
        let (request, version) = try make(versions)
        try ask(request, version: version, deadline: deadline, completion)
      } catch {
        let failure = ClientFailure(error.reason, "\(name): \(error.sentence)", topic: error.topic)
        later { completion(.failure(failure)) }
      }
    }
    switch phase {
    case .ready(let versions): work(versions)
    case .connecting, .greeting, .authenticating:
      waiting.append((deadline, work, { completion(.failure($0)) }))
      setTimer()
    case .closed(let failure):
      later { completion(.failure(failure)) }
    }
  }

  /// Sends a request that is not answered (Produce with `acks=0`).
  func tell<R: RequestMessage>(_ request: R, version: Int16) throws(ClientFailure) {
    link.send(try frame(request, version: version, correlationID: takeCorrelationID()))
  }

  func ask<R: RequestMessage>(
    _ request: R, version: Int16, deadline: Int64,
    _ completion: @escaping (Result<R.Response, ClientFailure>) -> Void
  ) throws(ClientFailure) {
    // Of several that waited for the connection, one before may have ended it.
    if let failure { throw failure }
    let meter = identity.meter
    let sentAt = meter == nil ? 0 : Clock.monotonicMicroseconds()
    try put(request, version: version, deadline: deadline) { [name, identity] answer in
      if let meter, case .success = answer {
        meter.measure(
          .requestLatencyMicroseconds, Clock.monotonicMicroseconds() - sentAt,
          of: ClientSubject(clientID: identity.clientID, broker: name, api: "\(R.api)"))
      }
      completion(
        answer.flatMap { frame in
          do throws(WireError) {
            return .success(
              try Frame.decode(R.Response.self, from: frame, version: version).response)
          } catch {
            return .failure(
              ClientFailure(.malformedAnswer, "\(name) answered \(R.api) with nonsense: \(error)."))
          }
        })
    }
  }

  /// Sends a request now, and brings its answer as it came.
  func put<R: RequestMessage>(
    _ request: R, version: Int16, deadline: Int64,
    _ answered: @escaping (Result<ByteSlice, ClientFailure>) -> Void
  ) throws(ClientFailure) {
    let id = takeCorrelationID()
    let frame = try frame(request, version: version, correlationID: id)
    questions.append((id, Question(deadline: deadline, answered: answered)))
    link.send(frame)
    setTimer()
  }

  private func frame<R: RequestMessage>(
    _ request: R, version: Int16, correlationID: Int32
  ) throws(ClientFailure) -> BytePieces {
    do throws(WireError) {
      return try Frame.encode(
        request, version: version, correlationID: correlationID, clientID: identity.clientID)
    } catch {
      throw ClientFailure(
        .invalidArgument, "\(R.api) cannot be said in version \(version): \(error).")
    }
  }

  private func takeCorrelationID() -> Int32 {
    defer { nextCorrelationID &+= 1 }
    return nextCorrelationID
  }

  private func later(_ body: @escaping () -> Void) {
    loop.schedule(afterMilliseconds: 0, body)
  }

  /// Until when an answer is waited for to what the connection asks for itself.
  var requestDeadline: Int64 { Clock.monotonicMilliseconds() + identity.requestTimeoutMilliseconds }

  func become(_ versions: SpokenVersions) {
    phase = .ready(versions)
    readyCount += 1
    let waited = waiting
    waiting = []
    for (_, work, _) in waited { work(versions) }
    became(self)
  }

  // MARK: Answers

  func received(_ frame: ByteSlice) {
    guard let next = questions.first else {
      return end(because: "\(name) sent an answer that nobody asked for")
    }
    guard frame.integer(as: Int32.self) == next.id else {
      return end(because: "\(name) sent an answer to another request than the one it is due to")
    }
    questions.removeFirst()
    answerCount += 1
    next.question.answered(.success(frame))
  }

  func linkClosed(_ end: LinkEnd) {
    switch end {
    case .lost(let reason): self.end(because: reason + hint)
    case .refused(let reason): self.end(because: reason, reason: .notAuthenticated)
    case .gone(let reason): self.end(because: reason, reason: .closed)
    }
  }

  /// Kafka answers ApiVersions to everybody, and nothing else to who has not authenticated.
  private var hint: String {
    guard case .ready = phase, identity.sasl == nil, answerCount == 1, !questions.isEmpty else {
      return ""
    }
    return " without an answer; a listener that wants SASL does so (security.protocol)"
  }

  // MARK: Time

  /// One timer, for whatever is due first.
  private func setTimer() {
    guard timer == nil, let deadline = nextDeadline else { return }
    let wait = max(0, deadline - Clock.monotonicMilliseconds())
    timer = loop.schedule(afterMilliseconds: wait) { [weak self] in self?.ring() }
  }

  private var nextDeadline: Int64? {
    let waited = waiting.map(\.deadline).min()
    guard let asked = questions.first?.question.deadline else { return waited }
    return waited.map { min($0, asked) } ?? asked
  }

  private func ring() {
    timer = nil
    let now = Clock.monotonicMilliseconds()
    if let first = questions.first, first.question.deadline <= now {
      return end(because: "\(name) has not answered in time", reason: .timedOut)
    }
    let late = waiting.filter { $0.deadline <= now }
    waiting.removeAll { $0.deadline <= now }
    for (_, _, fail) in late {
      fail(ClientFailure(.timedOut, "No connection to \(name) in time."))
    }
    setTimer()
  }

  // MARK: The end

  /// Ends the connection; whoever waits on it is told that its outcome is not known.
  func close(because reason: String) { end(because: reason) }

  func end(because reason: String, reason kind: ClientFailure.Reason = .disconnected) {
    end(ClientFailure(kind, reason))
  }

  func end(_ failure: ClientFailure) {
    guard isOpen else { return }
    phase = .closed(failure)
    link.close()
    timer?.cancel()
    timer = nil
    renewal?.cancel()
    renewal = nil
    let asked = questions
    questions = Fifo()
    for index in 0..<asked.count { asked[index].question.answered(.failure(failure)) }
    let waited = waiting
    waiting = []
    for (_, _, fail) in waited { fail(failure) }
    closed(self)
  }
}
