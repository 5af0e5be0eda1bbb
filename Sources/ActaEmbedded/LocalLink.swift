import ActaClient
import ActaNode
import Bytes
import Transport

/// Frames between a client and a node of the same program, without a socket. The node deals with them on the client's
/// loop, and what it finishes elsewhere comes back there at once: a hop less each way than to a thread of its own.
final class LocalLink: FrameLink {
  private let node: ActaNode
  private let ownLoop: EventLoop
  private let loop: LoopReference
  private var connection: ActaNode.ResidentConnection?
  private var delegate: (any FrameLinkDelegate)?
  /// What is answered meanwhile is told later: who sends does not expect it yet.
  private var isSending = false
  /// Answers that are told later; those behind them are told behind them.
  private var deferred = 0
  /// Answers that were told on the node's way, one after the other.
  private var toldInRow = 0
  /// The next request may be answered in the same turn of the loop, which would never end where there is always an
  /// answer: so many are told in it at most.
  private static let mostInRow = 64

  /// On the client's loop.
  init(to node: ActaNode, on loop: EventLoop) {
    self.node = node
    ownLoop = loop
    self.loop = LoopReference(loop)
  }

  func open(_ delegate: any FrameLinkDelegate) {
    self.delegate = delegate
    let link = LoopBound(self)
    do throws(ActaNode.Connection.Closed) {
      connection = try node.connect(on: ownLoop)
      loop.execute { link.value.delegate?.linkOpened() }
    } catch {
      // A node that has stopped does not come back.
      let reason = error.reason
      loop.execute { link.value.end(.gone(reason)) }
    }
  }

  func send(_ frame: BytePieces) {
    let link = LoopBound(self)
    isSending = true
    connection?.send(Self.joined(frame).dropSize()) { [loop] answer in
      if loop.isCurrent {
        link.value.take(answer)
      } else {
        loop.execute { link.value.take(answer) }
      }
    }
    isSending = false
  }

  private func take(_ answer: Result<BytePieces?, ActaNode.Connection.Closed>) {
    guard isSending || deferred > 0 || toldInRow == Self.mostInRow else {
      toldInRow += 1
      return answered(answer)
    }
    toldInRow = 0
    deferred += 1
    let link = LoopBound(self)
    loop.execute {
      link.value.deferred -= 1
      link.value.answered(answer)
    }
  }

  private func answered(_ answer: Result<BytePieces?, ActaNode.Connection.Closed>) {
    switch answer {
    case .success(let frame?): delegate?.received(Self.joined(frame).dropSize())
    case .success(nil): break
    case .failure(let closed): end(.lost(closed.reason))
    }
  }

  func close() {
    delegate = nil
    connection?.close()
    connection = nil
  }

  private func end(_ end: LinkEnd) {
    let told = delegate
    close()
    told?.linkClosed(end)
  }

  /// What was made in pieces for a socket, as one.
  private static func joined(_ frame: BytePieces) -> ByteSlice {
    if frame.pieces.count == 1, case .slice(let whole) = frame.pieces[0] { return whole }
    var filler = ByteFiller(capacity: frame.count)
    for piece in frame.pieces { piece.withUnsafeBytes { filler.append($0) } }
    return filler.finish()
  }
}

extension ByteSlice {
  /// Without the size prefix.
  fileprivate func dropSize() -> ByteSlice { self[MemoryLayout<Int32>.size..<count] }
}
