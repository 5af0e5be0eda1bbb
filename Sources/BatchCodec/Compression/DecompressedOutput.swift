import ActaModel

/// Where decompressed bytes gather, up to a limit.
///
/// Growing an array copies it, and for that moment takes the memory of both. So it grows by doubling
/// only while it is small; then it goes to the limit at once, which costs addresses but no memory
/// before pages are written.
struct DecompressedOutput {
  /// Bytes that a streaming codec produces at a time.
  static let pieceSize = 64 << 10
  private static let smallSize = 1 << 20
  /// A limit beyond this is not allocated at once.
  private static let largestJump = 256 << 20

  private let limit: Int
  private var bytes: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  mutating func append(_ piece: UnsafeRawBufferPointer) throws(BatchRejection) {
    try makeRoom(for: piece.count)
    bytes.append(contentsOf: piece)
  }

  /// Appends `count` bytes that `body` writes; it tells whether it could.
  mutating func append(
    count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Bool
  ) throws(BatchRejection) -> Bool {
    try makeRoom(for: count)
    var succeeded = false
    bytes.append(capacity: count) {
      succeeded = body($0)
      return count
    }
    return succeeded
  }

  consuming func finish() -> [UInt8] {
    // The copy and what is copied are together below the capacity, so below the limit.
    if bytes.capacity > 2 * bytes.count + 4096 { return bytes.withUnsafeBytes { Array($0) } }
    return bytes
  }

  private mutating func makeRoom(for count: Int) throws(BatchRejection) {
    guard count <= limit - bytes.count else {
      throw BatchRejection(
        code: .messageTooLarge, message: "The records decompress to more than \(limit) bytes.")
    }
    let needed = bytes.count + count
    guard needed > bytes.capacity else { return }
    if needed <= Self.smallSize || limit > Self.largestJump {
      bytes.reserveCapacity(min(limit, max(needed, 2 * bytes.capacity)))
    } else {
      bytes.reserveCapacity(limit)
    }
  }
}
