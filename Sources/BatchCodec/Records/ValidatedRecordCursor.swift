/// Walks an uncompressed records section that `RecordCursor` has walked before: the one of a
/// `ProducedBatch`. It cannot fail, and leaves headers alone until they are asked for. Bytes that
/// turn out not to be well formed stop the program; they never read out of bounds.
@usableFromInline
package struct ValidatedRecordCursor {
  @usableFromInline var reader: RecordReader

  /// `records` must outlive the cursor and the views it gives.
  @inlinable
  package init(_ records: UnsafeRawBufferPointer) {
    reader = RecordReader(records)
  }

  /// The next record, or `nil` at the end of the section.
  @inlinable
  package mutating func next() -> RecordView? {
    guard reader.position != reader.end else { return nil }
    do throws(RecordFormatError) {
      var body = try reader.readRecordBody()
      return try body.readRecord()
    } catch {
      preconditionFailure("the records were not validated")
    }
  }
}
