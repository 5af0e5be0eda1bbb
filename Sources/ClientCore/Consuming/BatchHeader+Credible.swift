import BatchCodec

extension BatchHeader {
  /// The whole batch's bytes; `nil` if the header cannot be one, whatever follows it.
  var credibleSize: Int? {
    let size = Int(batchLength) + Self.lengthPrefix
    guard size >= Self.size, baseOffset >= 0, lastOffsetDelta >= 0,
      baseOffset < .max - Int64(lastOffsetDelta)
    else { return nil }
    return size
  }
}
