import Glibc

/// Lines of an input as Java's `BufferedReader` finds them: `\n`, `\r` and `\r\n` end one, the end of the input does if
/// something is there. What the bytes mean is nobody's business here.
struct InputLines {
  enum Line {
    case whole(ArraySlice<UInt8>)
    /// Longer than can be kept; so many bytes.
    case tooLong(Int)
  }

  private static let blockSize = 1 << 18
  private static let lineFeedByte = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  private let read: (UnsafeMutableRawBufferPointer) throws -> Int
  private let maxLength: Int
  /// What is there of the input is from `start` to `end`.
  private var buffer: [UInt8]
  private var start = 0
  private var end = 0
  /// The next line feed, or `end`. Lines that end otherwise do not look for it again.
  private var lineFeed = 0
  /// No carriage return is between `start` and here.
  private var searched = 0
  /// The line before ended with a carriage return, and a line feed would belong to it.
  private var skipsLineFeed = false
  /// Bytes of the current line that were not kept.
  private var dropped = 0

  /// - Parameters:
  ///   - maxLength: Of a line that is kept, in bytes.
  ///   - read: Reads more; 0 is the end.
  init(maxLength: Int, read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) {
    self.read = read
    self.maxLength = maxLength
    buffer = [UInt8](repeating: 0, count: Self.blockSize)
  }

  /// - Returns: `nil` at the end.
  /// - Throws: What reading throws.
  mutating func next() throws -> Line? {
    while true {
      if skipsLineFeed, start < end {
        skipsLineFeed = false
        if buffer[start] == Self.lineFeedByte { advance(to: start + 1) }
      }
      if let terminator = findTerminator() {
        skipsLineFeed = buffer[terminator] == Self.carriageReturn
        return takeLine(upTo: terminator, next: terminator + 1)
      }
      if end - start > maxLength {
        dropped += end - start
        advance(to: end)
      }
      guard try fill() else {
        return start == end && dropped == 0 ? nil : takeLine(upTo: end, next: end)
      }
    }
  }

  private mutating func takeLine(upTo terminator: Int, next: Int) -> Line {
    let count = dropped + terminator - start
    let line: Line = count > maxLength ? .tooLong(count) : .whole(buffer[start..<terminator])
    dropped = 0
    advance(to: next)
    return line
  }

  private mutating func advance(to next: Int) {
    start = next
    searched = next
    if lineFeed < next { lineFeed = find(Self.lineFeedByte, from: next, to: end) ?? end }
  }

  private mutating func findTerminator() -> Int? {
    if let place = find(Self.carriageReturn, from: searched, to: lineFeed) { return place }
    searched = lineFeed
    return lineFeed < end ? lineFeed : nil
  }

  private func find(_ byte: UInt8, from first: Int, to end: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard first < end, let base = bytes.baseAddress,
        let found = memchr(base + first, Int32(byte), end - first)
      else { return nil }
      return base.distance(to: UnsafeRawPointer(found))
    }
  }

  /// Reads more behind what is there, which moves to the front and has no end of a line in it.
  private mutating func fill() throws -> Bool {
    let kept = end - start
    if kept + Self.blockSize > buffer.count {
      buffer += [UInt8](repeating: 0, count: kept + Self.blockSize - buffer.count)
    }
    let count = try buffer.withUnsafeMutableBytes { [start, end, read] bytes in
      if kept > 0, start > 0 {
        UnsafeMutableRawBufferPointer(rebasing: bytes[..<kept])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
      return try read(
        UnsafeMutableRawBufferPointer(rebasing: bytes[kept..<(kept + Self.blockSize)]))
    }
    start = 0
    end = kept + count
    searched = kept
    lineFeed = find(Self.lineFeedByte, from: kept, to: end) ?? end
    return count > 0
  }
}
