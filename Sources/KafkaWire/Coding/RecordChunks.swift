/// The records of a fetched partition: whole batches, one after another. They are written under one
/// length, each copied once into the frame; read back they are one chunk.
package struct RecordChunks: Equatable, Sendable {
  package var chunks: [[UInt8]]

  package init(_ chunks: [[UInt8]]) { self.chunks = chunks }

  package var byteCount: Int { chunks.reduce(0) { $0 + $1.count } }
}

extension RecordChunks: WireNullable {
  package init() { self.init([]) }

  package static func codeNullable<C: FieldCoder>(
    _ name: StaticString, _ value: inout RecordChunks?, nullable: Bool, by coder: inout C
  ) throws(WireError) {
    try coder.chunks(name, &value, nullable: nullable)
  }
}
