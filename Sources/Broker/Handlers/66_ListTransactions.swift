import ActaModel
import Coordination
import KafkaWire
import NamePatterns

/// ListTransactions, versions 0–2: the transactional ids that there are, by id.
///
/// An empty filter lets everything through. States are Kafka's words, letter by letter; those that are none
/// are told, and let nothing through.
///
/// Rights: those ids are shown that the client may DESCRIBE.
///
/// - v1: only transactions that have been running for longer than so many milliseconds. v2: only ids that
///   match a pattern; one that is none is INVALID_REGULAR_EXPRESSION.
struct ListTransactionsHandler: Handler {
  let broker: Broker

  func handle(
    _ request: ListTransactionsRequest, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<ListTransactionsResponse>) -> Void
  ) {
    let filter = Filter(request)
    broker.transactions.perform { coordinator, turn, _ in
      coordinator.rows.compactMap { filter.admits($0, at: turn.wallClock) ? Listing($0) : nil }
    } completion: { result in
      switch result {
      case .success(let listings):
        respond(.large(Self.answer(to: request, listings, context.session)))
      case .failure(let error): respond(.response(.refusal(error.code)))
      }
    }
  }

  private struct Listing: Sendable {
    let transactionalID: String
    let producerID: ProducerID
    let state: TransactionRow.State

    init(_ row: TransactionRow) {
      transactionalID = row.transactionalID
      producerID = row.producer.id
      state = row.state
    }
  }

  /// All but the pattern, which takes longer than a turn should.
  private struct Filter: Sendable {
    private let states: Set<String>
    private let producerIDs: Set<Int64>
    private let duration: Int64

    init(_ request: ListTransactionsRequest) {
      states = Set(request.stateFilters)
      producerIDs = Set(request.producerIDFilters)
      duration = request.durationFilter
    }

    func admits(_ row: TransactionRow, at now: Int64) -> Bool {
      guard states.isEmpty || states.contains(row.state.rawValue),
        producerIDs.isEmpty || producerIDs.contains(row.producer.id.value)
      else { return false }
      return duration < 0 || row.startedAt.map { now &- $0 > duration } ?? false
    }
  }

  /// Some are of states in which no transaction is ever found here (`TransactionRow`).
  private static let states: Set<String> = [
    "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead",
    "PrepareEpochFence",
  ]

  private static func answer(
    to request: ListTransactionsRequest, _ listings: [Listing], _ session: Session
  ) -> LargeAnswer<ListTransactionsResponse> {
    let unknown = request.stateFilters.filter { !states.contains($0) }
    let bytes =
      AnswerSize.sum(listings) { AnswerSize.element + AnswerSize.text($0.transactionalID) }
      + AnswerSize.sum(unknown) { AnswerSize.element + AnswerSize.text($0) }
    // A list that lacks some would be taken for the whole.
    guard bytes <= AnswerAdmission.largestBytes else {
      return LargeAnswer(bytes: AnswerSize.element) {
        .refusal(ProtocolError.answerTooLarge.code)
      }
    }
    return LargeAnswer(bytes: bytes) {
      let listings = listings.sorted { $0.transactionalID < $1.transactionalID }
      guard let matching = matching(request.transactionalIDPattern, listings) else {
        return .refusal(.invalidRegularExpression)
      }
      var response = ListTransactionsResponse()
      response.unknownStateFilters = unknown
      response.transactionStates = matching.lazy.filter {
        session.authorize(.describe, .transactionalID($0.transactionalID))
      }.map { listing in
        var transaction = ListTransactionsResponse.Transaction()
        transaction.transactionalID = listing.transactionalID
        transaction.producerID = listing.producerID.value
        transaction.state = listing.state.rawValue
        return transaction
      }
      return response
    }
  }

  /// `nil` if the pattern is none.
  private static func matching(_ pattern: String?, _ listings: [Listing]) -> [Listing]? {
    guard let pattern, !pattern.isEmpty else { return listings }
    guard let pattern = NamePattern(pattern) else { return nil }
    return listings.filter { pattern.matches($0.transactionalID) }
  }
}

extension ListTransactionsResponse {
  fileprivate static func refusal(_ code: ErrorCode) -> Self {
    var response = Self()
    response.errorCode = code
    return response
  }
}
