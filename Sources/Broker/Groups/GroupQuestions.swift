import ActaModel
import Coordination
import LogStorage

/// A question about many groups, asked in turns that hold nobody up, within the room that there is for
/// the answer.
///
/// What an answer takes is known only once it is there. So the groups are asked without much ado at
/// first; if more comes of it than a small answer it is dropped, room is waited for, and they are asked
/// again, up to the largest answer that there is: what does not fit into that is refused by itself.
struct GroupQuestions<Item: Sendable, Answer: Sendable>: Sendable {
  let broker: Broker
  let connection: ConnectionContext
  let items: [Item]
  /// How often each of `items` is to be answered.
  let counts: [Int]
  /// What one answer takes.
  let size: @Sendable (Answer) -> Int
  /// On the writing thread. `nil` if the answer takes more than so many bytes.
  let ask:
    @Sendable (
      Item, _ bytes: Int, inout GroupCoordinator, inout Turn, any LogTurn
    ) throws -> Answer?

  struct Answers: Sendable {
    /// One for each item; `nil` for what does not fit.
    fileprivate(set) var values: [Answer?] = []
    /// As often as they are to be given.
    fileprivate(set) var bytes = 0
    /// Unless all is small.
    fileprivate(set) var grant: AnswerAdmission.Grant?
  }

  /// What is asked without waiting for room.
  private static var firstBytes: Int { 256 << 10 }
  /// After items that hold this much the turn ends, and others have theirs.
  private static var turnBytes: Int { 1 << 20 }
  /// What an item costs that holds nothing.
  private static var itemBytes: Int { 1 << 10 }

  func run(
    completion: @escaping @Sendable (Result<Answers, ProtocolError>) -> Void
  ) {
    go(on: Answers(), within: Self.firstBytes, completion)
  }

  private enum Step: Sendable {
    case goOn(Answers)
    case isTooMuch
  }

  private func go(
    on answers: Answers, within limit: Int,
    _ completion: @escaping @Sendable (Result<Answers, ProtocolError>) -> Void
  ) {
    broker.groups.perform { coordinator, turn, rows in
      try step(answers, within: limit, &coordinator, &turn, rows)
    } completion: { result in
      switch result {
      case .success(.goOn(let next)) where next.values.count == items.count:
        completion(.success(next))
      case .success(.goOn(let next)): go(on: next, within: limit, completion)
      case .success(.isTooMuch):
        end(answers)
        startOver(within: limit * 8, completion)
      case .failure(let error):
        end(answers)
        completion(.failure(error))
      }
    }
  }

  private func step(
    _ answers: Answers, within limit: Int, _ coordinator: inout GroupCoordinator,
    _ turn: inout Turn, _ rows: any LogTurn
  ) throws -> Step {
    let isLast = limit >= AnswerAdmission.largestBytes
    var next = answers
    var cost = 0
    while next.values.count < items.count, cost < Self.turnBytes {
      let index = next.values.count
      let left = limit - next.bytes
      let answer = try ask(items[index], left, &coordinator, &turn, rows)
      let bytes = answer.map(size) ?? 0
      // Repeats that do not fit are left out when the answer is made.
      let fitting = answer == nil ? 0 : min(counts[index], left / max(1, bytes))
      if !isLast, fitting < counts[index] { return .isTooMuch }
      next.values.append(fitting > 0 ? answer : nil)
      next.bytes += fitting * bytes
      cost += bytes + Self.itemBytes
    }
    return .goOn(next)
  }

  private func startOver(
    within limit: Int, _ completion: @escaping @Sendable (Result<Answers, ProtocolError>) -> Void
  ) {
    let limit = min(limit, AnswerAdmission.largestBytes)
    broker.answers.wait(for: limit, on: connection) { grant in
      go(on: Answers(grant: grant), within: limit, completion)
    } refuse: {
      completion(.failure(ProtocolError(coordinating: .closed, about: "the group")))
    }
  }

  private func end(_ answers: Answers) {
    if let grant = answers.grant { broker.answers.end(grant) }
  }
}
