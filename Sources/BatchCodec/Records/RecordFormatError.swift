/// What is wrong with the bytes of a record.
@usableFromInline
package enum RecordFormatError: Error, Equatable, Sendable {
  /// A field reaches beyond the end of its record, or the record beyond the records section.
  case truncated
  /// A number has more bytes than it needs, or does not fit its type.
  case badVarint
  case negativeLength
  /// The record's length and what is in it do not agree.
  case lengthMismatch
  case negativeHeaderCount
}

extension RecordFormatError: CustomStringConvertible {
  @usableFromInline package var description: String {
    switch self {
    case .truncated: "it ends in the middle of a field"
    case .badVarint: "a number in it is not a minimal varint of its size"
    case .negativeLength: "a length in it is negative"
    case .lengthMismatch: "its length is more than its fields take"
    case .negativeHeaderCount: "its header count is negative"
    }
  }
}
