/// One record, lent: its pointers are valid as long as the records section they point into.
@usableFromInline
package struct RecordView {
  @usableFromInline package let attributes: Int8
  @usableFromInline package let timestampDelta: Int64
  @usableFromInline package let offsetDelta: Int32
  /// `nil` is null; an empty key is not.
  @usableFromInline package let key: UnsafeRawBufferPointer?
  /// `nil` is null (a tombstone on a compacted topic); an empty value is not.
  @usableFromInline package let value: UnsafeRawBufferPointer?
  @usableFromInline package let headerCount: Int32
  /// The headers as they are encoded, without their count; for `HeaderCursor`.
  @usableFromInline package let headerBytes: UnsafeRawBufferPointer
  /// From the offset delta to the end of the record: what does not depend on the timestamp.
  @usableFromInline let tail: UnsafeRawBufferPointer

  @inlinable
  init(
    attributes: Int8, timestampDelta: Int64, offsetDelta: Int32, key: UnsafeRawBufferPointer?,
    value: UnsafeRawBufferPointer?, headerCount: Int32, headerBytes: UnsafeRawBufferPointer,
    tail: UnsafeRawBufferPointer
  ) {
    self.attributes = attributes
    self.timestampDelta = timestampDelta
    self.offsetDelta = offsetDelta
    self.key = key
    self.value = value
    self.headerCount = headerCount
    self.headerBytes = headerBytes
    self.tail = tail
  }
}
