import BatchCodec

extension BatchHeader {
  /// Gives the batch that fills `bytes` a place in a log. It needs no new CRC.
  static func stamp(baseOffset: Int64, leaderEpoch: Int32, into bytes: inout [UInt8]) {
    guard var header = BatchHeader(parsing: bytes) else { return }
    header.baseOffset = baseOffset
    header.leaderEpoch = leaderEpoch
    header.write(into: &bytes)
  }
}
