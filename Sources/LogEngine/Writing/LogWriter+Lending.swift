import LogStorage

/// The writer in the hands of one who brings a request, which is lent by its queue (`WriteQueue.borrow`), to one
/// thread at a time.
///
/// `@unchecked Sendable`: whoever has not borrowed the writer does not touch it, and its thread does nothing before
/// it is given back. The queue's lock orders what the one does after what the other has done.
final class WriterLoan: @unchecked Sendable {
  /// `nil` once its thread is done: the store goes with it, and what it has locked.
  private var writer: LogWriter?

  init(_ writer: LogWriter) { self.writer = writer }

  func serve(_ request: WriteRequest) {
    guard let writer else { preconditionFailure("a writer was lent that has shut down") }
    writer.serve(request)
  }

  /// By its thread, for which the queue is closed.
  func end() { writer = nil }
}

/// A turn that was begun on another thread, and what it was to do.
struct FailedTurn {
  let error: any Error
  let turn: EngineTurn
  let request: WriteRequest
}

/// One small request, done where it was brought. The other things that may have to be done then wait for the
/// writer's own thread: another process that keeps the database locked, what follows a failure, checkpoints, syncs
/// for which nobody waits.
extension LogWriter {
  /// How many turns there may be without a look at what else is due.
  private static var mostBorrowedTurns: Int { 32 }

  fileprivate func serve(_ request: WriteRequest) {
    let wasDue = nextSyncDue
    let isDone = tryOnce(request)
    borrowedTurns += 1
    queue.giveBack(
      rest: isDone ? [] : [request],
      isThreadNeeded: failedTurn != nil || borrowedTurns >= Self.mostBorrowedTurns
        || nextSyncDue < wasDue)
  }

  private var nextSyncDue: Int64 { syncer?.nextDue ?? .max }

  /// False when it must be tried by one who can wait.
  private func tryOnce(_ request: WriteRequest) -> Bool {
    if let error = latch.error {
      request.refuse(error)
    } else {
      let turn = EngineTurn(self)
      do {
        try commit([request], in: turn, mode: .grouped, patience: .none)
        notePace(of: turn)
      } catch {
        // Whatever kept the turn from its beginning is met again.
        if !turn.hasBegun { return false }
        failedTurn = FailedTurn(error: error, turn: turn, request: request)
        return true
      }
    }
    queue.finished(bytes: request.bytes)
    return true
  }

  /// Before anything else is done with what a turn has left that was rolled back.
  func recoverWhatWasBorrowed() {
    guard let failed = failedTurn.take() else { return }
    recover(from: failed.error, in: failed.turn, [failed.request])
    queue.finished(bytes: failed.request.bytes)
  }
}
