/// Why bytes could not be read as a message, or a message not be written as bytes: what was wrong,
/// and at which field. Enough for one log line; the peer gets no answer but a closed connection.
package struct WireError: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    /// The bytes end before the field does.
    case truncated
    /// A negative length or count where only -1 (null) may be negative.
    case negativeLength(Int)
    /// Null where this version does not allow it.
    case unexpectedNull
    /// More elements than the bytes left could hold.
    case countBeyondBytes(Int)
    /// More elements than one message may have.
    case tooManyElements(Int)
    /// A variable-length integer in more bytes than it needs, or beyond 32 bits.
    case malformedVarint
    /// A nullable struct's marker is neither -1 nor 1.
    case invalidMarker(Int8)
    /// Tags must rise within a section.
    case tagsOutOfOrder(UInt32)
    /// More tags than the bytes left could hold, or too many that are unknown here.
    case tooManyTags(Int)
    /// A known tagged field did not use exactly the bytes that it announced.
    case tagSizeMismatch(UInt32)
    /// A value is too long for its length prefix in this version, a string for any, or a frame for
    /// its size.
    case tooLong(Int)
    /// The version is none that this module knows the layout of.
    case unsupportedVersion(Int16)
  }

  package let reason: Reason
  /// The field's name in the protocol, such as `PartitionData`.
  package let field: String

  package init(_ reason: Reason, field: StaticString) {
    self.reason = reason
    self.field = field.description
  }
}

extension WireError: CustomStringConvertible {
  package var description: String { "malformed message at \(field): \(reason)" }
}
