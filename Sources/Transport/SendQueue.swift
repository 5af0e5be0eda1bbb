import Bytes
import CUV
import Glibc

/// What a connection has to send and its socket has not taken: pieces in order, of the first of which
/// some bytes may be gone. Knows no socket.
struct SendQueue: ~Copyable {
  private var pieces: [BytePieces.Piece?] = []
  /// Those before it are sent and let go of.
  private var first = 0
  /// Bytes of the first piece that are gone.
  private var sent = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }
  /// Pieces whose memory it keeps alive.
  var heldPieces: Int { pieces.count { $0 != nil } }

  mutating func append(_ bytes: BytePieces) {
    for piece in bytes.pieces { pieces.append(piece) }
    count += bytes.count
  }

  /// Lends the front of the queue as vectors, as many as there is room for in `vectors`; they are valid
  /// only inside `body`.
  func withVectors<R>(
    _ vectors: UnsafeMutableBufferPointer<iovec>, _ body: (UnsafeBufferPointer<iovec>) -> R
  ) -> R {
    lend(from: first, vectors, filled: 0, body)
  }

  /// Each piece lends its bytes for the length of a call, so the calls nest: as deep as there are
  /// vectors.
  private func lend<R>(
    from index: Int, _ vectors: UnsafeMutableBufferPointer<iovec>, filled: Int,
    _ body: (UnsafeBufferPointer<iovec>) -> R
  ) -> R {
    guard filled < vectors.count, index < pieces.count, let piece = pieces[index] else {
      return body(UnsafeBufferPointer(rebasing: vectors[..<filled]))
    }
    return piece.withUnsafeBytes { bytes in
      let rest = UnsafeRawBufferPointer(rebasing: bytes[(filled == 0 ? sent : 0)...])
      vectors[filled] = iovec(
        iov_base: UnsafeMutableRawPointer(mutating: rest.baseAddress), iov_len: rest.count)
      return lend(from: index + 1, vectors, filled: filled + 1, body)
    }
  }

  /// The socket has taken so many bytes from the front.
  mutating func advance(by taken: Int) {
    precondition(taken <= count, "a socket took \(taken) bytes of \(count)")
    count -= taken
    var left = taken
    while left > 0, let piece = pieces[first] {
      let rest = piece.count - sent
      guard left >= rest else {
        sent += left
        return compact()
      }
      left -= rest
      sent = 0
      pieces[first] = nil
      first += 1
    }
    compact()
  }

  mutating func removeAll() {
    pieces = []
    first = 0
    sent = 0
    count = 0
  }

  /// Gives memory back: all of it when nothing is left, and else when more than half lies behind.
  private mutating func compact() {
    if first == pieces.count {
      let isLarge = pieces.count > 64
      pieces.removeAll(keepingCapacity: !isLarge)
      first = 0
    } else if first > 32, first * 2 > pieces.count {
      pieces.removeFirst(first)
      first = 0
    }
  }
}
