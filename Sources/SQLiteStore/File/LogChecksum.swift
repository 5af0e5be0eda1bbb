/// The checksum of SQLite's write-ahead log: two sums over 32-bit words, carried on from frame to frame.
struct LogChecksum: Equatable {
  var first: UInt32 = 0
  var second: UInt32 = 0

  /// - Parameter isSwapped: The words are not in this machine's order.
  mutating func add(_ bytes: UnsafeRawBufferPointer, isSwapped: Bool) {
    var (first, second) = (first, second)
    for offset in stride(from: 0, to: bytes.count & ~7, by: 8) {
      var even = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      var odd = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
      if isSwapped { (even, odd) = (even.byteSwapped, odd.byteSwapped) }
      first = first &+ even &+ second
      second = second &+ odd &+ first
    }
    (self.first, self.second) = (first, second)
  }

  /// Whether the difference to `stored` is that of one word changed among the last `words`: what a flipped
  /// bit leaves, and a write that was cut short does not. Each word goes into both sums times two
  /// neighbouring Fibonacci numbers, of which at least one is odd and so says by how much it would have to
  /// differ.
  func differsByOneWord(from stored: LogChecksum, words: Int) -> Bool {
    let difference = (stored.first &- first, stored.second &- second)
    if difference.0 == 0 || difference.1 == 0 { return difference != (0, 0) }
    // What a change by 1 of the last word, and of the one before it, does to the sums.
    var (odd, even): ((UInt32, UInt32), (UInt32, UInt32)) = ((0, 1), (1, 1))
    for word in 0..<words {
      let effect = word & 1 == 0 ? odd : even
      if Self.isMultiple(difference, of: effect) { return true }
      if word & 1 == 1 {
        odd = Self.carry(odd)
        even = Self.carry(even)
      }
    }
    return false
  }

  /// What two more words, unchanged, make of a difference.
  private static func carry(_ effect: (UInt32, UInt32)) -> (UInt32, UInt32) {
    let first = effect.0 &+ effect.1
    return (first, effect.1 &+ first)
  }

  private static func isMultiple(
    _ difference: (UInt32, UInt32), of effect: (UInt32, UInt32)
  ) -> Bool {
    let factor =
      effect.0 & 1 == 1
      ? difference.0 &* inverse(effect.0) : difference.1 &* inverse(effect.1)
    return factor &* effect.0 == difference.0 && factor &* effect.1 == difference.1
  }

  /// Of an odd number, modulo 2^32, by Newton's iteration: each step doubles the bits that are right.
  private static func inverse(_ number: UInt32) -> UInt32 {
    var inverse = number
    for _ in 0..<4 { inverse = inverse &* (2 &- number &* inverse) }
    return inverse
  }
}
