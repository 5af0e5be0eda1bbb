import ActaClient
import ActaNode
import Bytes
import Transport

/// Frames between a client and a node of the same program, without a socket.
final class LocalLink: FrameLink {
  private let node: ActaNode
  private let loop: LoopReference
  private var connection: ActaNode.Connection?
  private var delegate: (any FrameLinkDelegate)?

  /// On the client's loop.
  init(to node: ActaNode, on loop: EventLoop) {
    self.node = node
    self.loop = LoopReference(loop)
  }

  func open(_ delegate: any FrameLinkDelegate) {
    self.delegate = delegate
    let link = LoopBound(self)
    do throws(ActaNode.Connection.Closed) {
      connection = try node.connect()
      loop.execute { link.value.delegate?.linkOpened() }
    } catch {
      let reason = error.reason
      loop.execute { link.value.end(because: reason) }
    }
  }

  func send(_ frame: BytePieces) {
    let link = LoopBound(self)
    connection?.send(Self.joined(frame).dropSize()) { [loop] answer in
      loop.execute { link.value.answered(answer) }
    }
  }

  private func answered(_ answer: Result<BytePieces?, ActaNode.Connection.Closed>) {
    switch answer {
    case .success(let frame?): delegate?.received(Self.joined(frame).dropSize())
    case .success(nil): break
    case .failure(let closed): end(because: closed.reason)
    }
  }

  func close() {
    delegate = nil
    connection?.close()
    connection = nil
  }

  private func end(because reason: String) {
    let told = delegate
    close()
    told?.linkClosed(because: reason)
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
