import Glibc

/// The frames of a write-ahead log, in order, as they are on disk: the format is that of
/// https://www.sqlite.org/fileformat2.html#the_write_ahead_log. Read by a descriptor of our own, which
/// harms nothing: SQLite has no locks on this file.
struct LogFrames: ~Copyable {
  static let headerSize = 32
  static let frameHeaderSize = 24
  private static let pageSizes: Set<Int> = Set((9...16).map { 1 << $0 })
  private static let chunkBytes = 4 << 20

  struct Header {
    /// Words of checksums are not in this machine's order.
    let isSwapped: Bool
    let pageSize: Int
    let salt: (UInt32, UInt32)
    let checksum: LogChecksum
    /// The checksum is that of the header.
    let isWhole: Bool
  }

  /// A frame's own header.
  struct Frame {
    let number: Int
    let page: UInt32
    /// The database's size in pages after the commit that this frame ends; 0 if it ends none.
    let sizeAfterCommit: UInt32
    let salt: (UInt32, UInt32)
    let checksum: LogChecksum
    /// What the checksum is over: the first eight bytes of the header, and the page.
    let head: UnsafeRawBufferPointer
    let body: UnsafeRawBufferPointer
  }

  private let descriptor: Int32
  let header: Header

  /// `nil` when there is no log, or nothing in it.
  init?(path: String, pageSize: Int) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    guard let header = Self.readHeader(descriptor, pageSize: pageSize) else {
      Glibc.close(descriptor)
      return nil
    }
    self.descriptor = descriptor
    self.header = header
  }

  deinit { Glibc.close(descriptor) }

  private static func readHeader(_ descriptor: Int32, pageSize: Int) -> Header? {
    var bytes = [UInt8](repeating: 0, count: headerSize)
    guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { return nil }
    return bytes.withUnsafeBytes { header($0, pageSize: pageSize) }
  }

  private static func header(_ bytes: UnsafeRawBufferPointer, pageSize: Int) -> Header {
    func word(_ index: Int) -> UInt32 {
      UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
    }
    // The magic number's last bit says how checksums are read; a damaged one is taken for the usual one.
    let isSwapped = word(0) == 0x377f_0683
    var checksum = LogChecksum()
    checksum.add(UnsafeRawBufferPointer(rebasing: bytes[..<24]), isSwapped: isSwapped)
    let stored = LogChecksum(first: word(6), second: word(7))
    let found = word(2) == 1 ? 65_536 : Int(word(2))
    return Header(
      isSwapped: isSwapped, pageSize: pageSizes.contains(found) ? found : pageSize,
      salt: (word(4), word(5)), checksum: stored,
      isWhole: word(0) >> 1 == 0x377f_0682 >> 1 && checksum == stored)
  }

  /// Whether the log has the header still that it had.
  var isStillCurrent: Bool {
    Self.readHeader(descriptor, pageSize: header.pageSize).map { $0.salt == header.salt } ?? false
  }

  /// Calls `body` with every whole frame.
  borrowing func visit(_ body: (Frame) -> Void) {
    let size = Self.frameHeaderSize + header.pageSize
    let perChunk = max(1, Self.chunkBytes / size)
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: perChunk * size, alignment: 16)
    defer { chunk.deallocate() }
    var number = 0
    while true {
      let start = Self.headerSize + number * size
      let count = Self.read(descriptor, into: chunk, at: start) / size
      for index in 0..<count {
        number += 1
        let bytes = UnsafeRawBufferPointer(rebasing: chunk[index * size..<(index + 1) * size])
        body(Self.frame(number, bytes))
      }
      if count < perChunk { return }
    }
  }

  private static func read(
    _ descriptor: Int32, into chunk: UnsafeMutableRawBufferPointer, at start: Int
  ) -> Int {
    var filled = 0
    while filled < chunk.count {
      let count = pread(
        descriptor, chunk.baseAddress! + filled, chunk.count - filled, off_t(start + filled))
      guard count > 0 else { break }
      filled += count
    }
    return filled
  }

  private static func frame(_ number: Int, _ bytes: UnsafeRawBufferPointer) -> Frame {
    func word(_ index: Int) -> UInt32 {
      UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
    }
    return Frame(
      number: number, page: word(0), sizeAfterCommit: word(1), salt: (word(2), word(3)),
      checksum: LogChecksum(first: word(4), second: word(5)),
      head: UnsafeRawBufferPointer(rebasing: bytes[..<8]),
      body: UnsafeRawBufferPointer(rebasing: bytes[frameHeaderSize...]))
  }
}
