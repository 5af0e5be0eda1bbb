/// Walks the headers of a record that a cursor gave, in their order. Headers that turn out not to
/// be well formed, which only an unvalidated section can have, stop the program.
@usableFromInline
package struct HeaderCursor {
  @usableFromInline var reader: RecordReader
  @usableFromInline var remaining: Int32

  @inlinable
  package init(_ record: RecordView) {
    reader = RecordReader(record.headerBytes)
    remaining = record.headerCount
  }

  @inlinable
  package mutating func next() -> HeaderView? {
    guard remaining > 0 else { return nil }
    remaining &-= 1
    do throws(RecordFormatError) {
      return try reader.readHeader()
    } catch {
      preconditionFailure("the headers were not validated")
    }
  }
}
