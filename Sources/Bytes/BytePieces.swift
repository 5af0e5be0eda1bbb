/// Bytes to send: pieces that go out one after another as if they were one, so that what is long and
/// already somewhere is not copied to stand beside what is short and new.
package struct BytePieces: Sendable {
  package enum Piece: Sendable {
    case slice(ByteSlice)
    case array(ArraySlice<UInt8>)

    package var count: Int {
      switch self {
      case .slice(let slice): slice.count
      case .array(let array): array.count
      }
    }

    /// Lends the bytes; they are valid only inside `body`.
    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
      switch self {
      case .slice(let slice): slice.withUnsafeBytes(body)
      case .array(let array): array.withUnsafeBytes(body)
      }
    }
  }

  /// None of them is empty.
  package private(set) var pieces: [Piece] = []
  package private(set) var count = 0

  package init() {}

  package init(_ bytes: [UInt8]) { append(bytes[...]) }

  package mutating func append(_ bytes: ArraySlice<UInt8>) { append(.array(bytes)) }

  package mutating func append(_ bytes: ByteSlice) { append(.slice(bytes)) }

  package mutating func append(_ piece: Piece) {
    if piece.count == 0 { return }
    pieces.append(piece)
    count += piece.count
  }
}

extension [UInt8] {
  /// All pieces in one copy.
  package init(_ bytes: BytePieces) {
    self.init()
    reserveCapacity(bytes.count)
    for piece in bytes.pieces { piece.withUnsafeBytes { append(contentsOf: $0) } }
  }
}
