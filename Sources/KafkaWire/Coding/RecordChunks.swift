/// The records of a fetched partition: whole batches, one after another. They are written under one
/// length and sent from where they are, unless they are short; read back they are one chunk.
package struct RecordChunks: Equatable, Sendable {
  /// From this size on a chunk is sent from where it is. A shorter one is copied into the frame's
  /// buffer, since one more piece of a vectored write costs more than that.
  package static let copiedBelow = 1 << 10

  package var chunks: [ArraySlice<UInt8>]

  package init(_ chunks: [ArraySlice<UInt8>]) { self.chunks = chunks }

  package init(_ chunks: [[UInt8]]) { self.chunks = chunks.map { $0[...] } }

  package var byteCount: Int { chunks.reduce(0) { $0 + $1.count } }

  /// The part of `byteCount` that is copied.
  var copiedByteCount: Int {
    chunks.reduce(0) { $1.count < Self.copiedBelow ? $0 + $1.count : $0 }
  }
}

extension RecordChunks: WireNullable {
  package init() { self.init([] as [ArraySlice<UInt8>]) }

  package static func codeNullable<C: FieldCoder>(
    _ name: StaticString, _ value: inout RecordChunks?, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.chunks(name, &value, nullable: nullable)
  }
}
