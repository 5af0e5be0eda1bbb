import ActaModel

/// An answer whose size does not follow from its request's: it says what it takes before it is made.
struct LargeAnswer<Response: Sendable>: Sendable {
  /// At most so many bytes, of the answer as a value and as it is sent.
  let bytes: Int
  /// If it has been admitted already.
  var grant: AnswerAdmission.Grant?
  /// On a thread on which others wait only for answers of this kind.
  let make: @Sendable () -> Response

  init(
    bytes: Int, grant: AnswerAdmission.Grant? = nil, make: @escaping @Sendable () -> Response
  ) {
    self.bytes = bytes
    self.grant = grant
    self.make = make
  }
}

/// What parts of an answer take, as values and as they are sent; rather too much.
enum AnswerSize {
  /// An answer that takes no more is made where it leaves.
  static let small = 64 << 10

  /// A struct of a few fields.
  static let element = 160

  static func text(_ text: String?) -> Int { 2 * (text?.utf8.count ?? 0) }

  static func sum<S: Sequence>(_ items: S, _ size: (S.Element) -> Int) -> Int {
    items.reduce(0) { sum, item in
      let (next, isTooMuch) = sum.addingReportingOverflow(size(item))
      return isTooMuch ? .max : next
    }
  }
}

/// What of a list may be told within a bound, item by item: one that does not fit is refused by itself,
/// and those after it may still fit.
struct AnswerRoom {
  private(set) var left: Int

  init(bytes: Int = AnswerAdmission.largestBytes) { left = bytes }

  mutating func take(_ bytes: Int) -> Bool {
    guard bytes <= left else { return false }
    left -= bytes
    return true
  }
}

extension ProtocolError {
  /// Of an item of a list. There is no code for it in Kafka; this one is not tried again, which would
  /// be in vain.
  static let answerTooLarge = ProtocolError(
    .policyViolation, "The answer would be too large; ask for less at once.")
}

extension Broker {
  /// Makes a large answer when there is room for it, and a small one at once.
  ///
  /// - Parameter make: Makes the whole frame.
  func give(
    bytes: Int, _ grant: AnswerAdmission.Grant?, on connection: ConnectionContext,
    make: @escaping @Sendable () -> Reply, reply: @escaping @Sendable (Reply) -> Void
  ) {
    if grant == nil, bytes <= AnswerSize.small {
      return connection.executor.run { reply(make()) }
    }
    let proceed: @Sendable (AnswerAdmission.Grant) -> Void = { [answers, background] grant in
      background.execute {
        let answer = connection.pace.isGone ? .none : make()
        connection.executor.run {
          reply(answer)
          answers.end(grant)
        }
      }
    }
    if let grant { return proceed(grant) }
    answers.wait(for: bytes, on: connection, proceed: proceed) {
      connection.executor.run { reply(.close(reason: "the broker stops")) }
    }
  }
}
