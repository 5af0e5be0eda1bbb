import ActaModel
import Broker
import LogStorage

/// Why a transaction of a program with its own Acta was not kept, or why something in it was refused.
public struct TransactionFailure: Error, Hashable, Sendable {
  /// What a program can go by.
  public enum Reason: Hashable, Sendable {
    /// SQLite does not take the statement: its extended code.
    case sql(Int32)
    /// The statement concerns what is not the application's: the log's own tables, PRAGMA, BEGIN, COMMIT.
    case notAllowed
    /// The transaction's time is up.
    case tooLong
    /// Nobody makes topics that are only named (`auto.create.topics.enable`), or none of this name.
    case unknownTopic
    /// A record or positions, as Kafka's brokers would refuse them: Kafka's error code.
    case refused(Int16)
    /// The storage took nothing, whatever it was: a full disk, a trigger of the application's on the log's tables.
    case storage(Int16)
    /// Begun inside of another one of the same Acta.
    case nested
    /// The Acta has been shut down.
    case stopped
    /// `sql` or `log` were used behind the end of their transaction.
    case ended
  }

  /// What a program can go by.
  public let reason: Reason
  /// What was tried, and what to do if there is something to do.
  public let description: String

  init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }

  init(_ refusal: ApplicationRefusal) {
    switch refusal {
    case .refused(let code, let text): self.init(.refused(code.rawValue), text)
    case .unknownTopic(let name): self.init(.unknownTopic, "There is no topic \(name).")
    case .sql(let refusal): self.init(Reason(refusal.reason), refusal.sentence)
    case .tooLong(let text): self.init(.tooLong, text)
    case .storage(let code, let text): self.init(.storage(code.rawValue), text)
    case .ended:
      self.init(
        .ended, "The transaction has ended: sql and log are of use inside its closure only.")
    case .closed: self.init(.stopped, "The Acta has been shut down.")
    }
  }

  static let nested = TransactionFailure(
    .nested,
    "A transaction was begun inside of another one of the same Acta, which it would wait for: do all of it in"
      + " one closure, or begin the second when the first has ended.")
}

extension TransactionFailure: CustomStringConvertible {}

extension TransactionFailure.Reason {
  fileprivate init(_ reason: SQLRefusal.Reason) {
    self =
      switch reason {
      case .notAllowed: .notAllowed
      case .tooLong: .tooLong
      case .failed(let code): .sql(code)
      }
  }
}

extension TransactionFailure {
  /// What the broker says, as the program sees it.
  static func translating<R>(
    _ body: () throws(ApplicationRefusal) -> R
  ) throws(TransactionFailure) -> R {
    do throws(ApplicationRefusal) {
      return try body()
    } catch {
      throw TransactionFailure(error)
    }
  }
}
