/// As many zeros as `appendZeros` copies at a time.
private let zeros = [UInt8](repeating: 0, count: 64 << 10)

extension [UInt8] {
  /// Lends what follows the first `start` bytes. Unlike `withUnsafeBytes` it keeps the error's type.
  func withLentBytes<R, E: Error>(
    from start: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try withUnsafeBufferPointer { bytes throws(E) in
      try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]))
    }
  }

  /// Lends the array's own memory for a codec to write to.
  mutating func withPiece<E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    try withUnsafeMutableBufferPointer { bytes throws(E) in
      try body(UnsafeMutableRawBufferPointer(bytes))
    }
  }

  /// Appends up to `capacity` bytes that `body` writes; it returns how many it wrote.
  mutating func append(
    capacity: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int
  ) {
    let start = count
    appendZeros(capacity)
    let written = withUnsafeMutableBytes {
      body(UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
    }
    removeLast(capacity - written)
  }

  /// Copies zeros in blocks. `repeatElement` would do, but without optimisation that takes a
  /// generic call for every byte.
  mutating func appendZeros(_ number: Int) {
    var remaining = number
    zeros.withUnsafeBytes { zeros in
      while remaining > 0 {
        let block = Swift.min(remaining, zeros.count)
        append(contentsOf: UnsafeRawBufferPointer(rebasing: zeros[..<block]))
        remaining -= block
      }
    }
  }
}
