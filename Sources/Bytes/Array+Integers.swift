extension [UInt8] {
  /// Big-endian, as `ByteSlice` reads them.
  @inlinable
  package mutating func appendInteger<T: FixedWidthInteger>(_ value: T) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
