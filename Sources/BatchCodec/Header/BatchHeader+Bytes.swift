/// Where the fields of a batch header are; the table at `BatchHeader` in figures.
private enum Field {
  static let baseOffset = 0
  static let batchLength = 8
  static let leaderEpoch = 12
  static let magic = 16
  static let crc = 17
  static let attributes = 21
  static let lastOffsetDelta = 23
  static let baseTimestamp = 27
  static let maxTimestamp = 35
  static let producerID = 43
  static let producerEpoch = 51
  static let baseSequence = 53
  static let recordCount = 57
}

extension BatchHeader {
  /// The CRC covers the batch from here on.
  package static let checksummedFrom = Field.attributes
  /// Eight bytes of id, and two of its epoch behind them.
  package static let producerFrom = Field.producerID

  /// Reads the fields as they stand, whatever they say; `nil` when there are fewer than 61 bytes.
  package init?(parsing bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.size else { return nil }
    self.init(
      baseOffset: bytes.bigEndian(at: Field.baseOffset),
      batchLength: bytes.bigEndian(at: Field.batchLength),
      leaderEpoch: bytes.bigEndian(at: Field.leaderEpoch),
      magic: bytes.bigEndian(at: Field.magic),
      crc: bytes.bigEndian(at: Field.crc),
      attributes: BatchAttributes(rawValue: bytes.bigEndian(at: Field.attributes)),
      lastOffsetDelta: bytes.bigEndian(at: Field.lastOffsetDelta),
      baseTimestamp: bytes.bigEndian(at: Field.baseTimestamp),
      maxTimestamp: bytes.bigEndian(at: Field.maxTimestamp),
      producerID: bytes.bigEndian(at: Field.producerID),
      producerEpoch: bytes.bigEndian(at: Field.producerEpoch),
      baseSequence: bytes.bigEndian(at: Field.baseSequence),
      recordCount: bytes.bigEndian(at: Field.recordCount))
  }

  package init?(parsing bytes: [UInt8]) {
    guard let header = bytes.withUnsafeBytes({ BatchHeader(parsing: $0) }) else { return nil }
    self = header
  }

  /// Writes all 61 bytes, the CRC as it stands in `crc`.
  package func write(into bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count >= Self.size, "a batch header takes 61 bytes, got \(bytes.count)")
    bytes.storeBigEndian(baseOffset, at: Field.baseOffset)
    bytes.storeBigEndian(batchLength, at: Field.batchLength)
    bytes.storeBigEndian(leaderEpoch, at: Field.leaderEpoch)
    bytes.storeBigEndian(magic, at: Field.magic)
    bytes.storeBigEndian(crc, at: Field.crc)
    bytes.storeBigEndian(attributes.rawValue, at: Field.attributes)
    bytes.storeBigEndian(lastOffsetDelta, at: Field.lastOffsetDelta)
    bytes.storeBigEndian(baseTimestamp, at: Field.baseTimestamp)
    bytes.storeBigEndian(maxTimestamp, at: Field.maxTimestamp)
    bytes.storeBigEndian(producerID, at: Field.producerID)
    bytes.storeBigEndian(producerEpoch, at: Field.producerEpoch)
    bytes.storeBigEndian(baseSequence, at: Field.baseSequence)
    bytes.storeBigEndian(recordCount, at: Field.recordCount)
  }

  package func write(into bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { write(into: $0) }
  }

  /// Writes the header of the batch that fills `bytes`, with its length and CRC worked out. Returns
  /// the header as it was written.
  @discardableResult
  package func seal(_ bytes: inout [UInt8]) -> BatchHeader {
    precondition(bytes.count <= Int(Int32.max), "a batch is below 2 GiB, got \(bytes.count) bytes")
    var header = self
    header.batchLength = Int32(bytes.count - Self.lengthPrefix)
    header.write(into: &bytes)
    header.crc = Self.updateCRC(of: &bytes)
    return header
  }

  /// This header as it stands before the records that `sealed` has, which is the same batch's and has
  /// its CRC: with a CRC of its own, for which no record is read.
  package func resealed(from sealed: BatchHeader) -> BatchHeader {
    let covered = Self.size - Self.checksummedFrom
    let following = Int(sealed.batchLength) + Self.lengthPrefix - Self.size
    var header = self
    withUnsafeTemporaryAllocation(byteCount: 2 * Self.size, alignment: 1) { scratch in
      let before = UnsafeMutableRawBufferPointer(rebasing: scratch[..<Self.size])
      let after = UnsafeMutableRawBufferPointer(rebasing: scratch[Self.size...])
      sealed.write(into: before)
      write(into: after)
      for index in Self.checksummedFrom..<Self.size { after[index] ^= before[index] }
      let difference = UnsafeRawBufferPointer(rebasing: after.suffix(covered))
      header.crc = CRC32C.checksum(sealed.crc, changedBy: difference, followedBy: following)
    }
    return header
  }

  /// The CRC that the batch which fills `bytes` should have.
  package static func computeCRC(of bytes: UnsafeRawBufferPointer) -> UInt32 {
    precondition(bytes.count >= size, "a batch has at least its header, got \(bytes.count) bytes")
    return CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[checksummedFrom...]))
  }

  /// Works the CRC out and writes it.
  @discardableResult
  package static func updateCRC(of bytes: inout [UInt8]) -> UInt32 {
    bytes.withUnsafeMutableBytes { bytes in
      let crc = computeCRC(of: UnsafeRawBufferPointer(bytes))
      bytes.storeBigEndian(crc, at: Field.crc)
      return crc
    }
  }
}

extension UnsafeRawBufferPointer {
  func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as: T.Type = T.self) -> T {
    T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}

extension UnsafeMutableRawBufferPointer {
  func storeBigEndian<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
    storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
  }
}
