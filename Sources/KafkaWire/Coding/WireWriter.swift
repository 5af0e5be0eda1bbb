package import ActaModel
package import Bytes

/// Writes a message. It fails only on what the wire cannot express: null where the version has
/// none, or a string beyond 32,767 bytes in a version that is not flexible.
///
/// What is written stands in buffers, apart from long chunks of records and other long bytes: of those
/// the writer notes only where they belong, so that a cached batch goes out from where it is. A message
/// that becomes long gets another buffer at the end of an array's element, and none is ever copied to
/// make room.
package struct WireWriter: FieldCoder {
  /// A place in the buffer, and what comes there before the rest of it.
  private struct Cut {
    let position: Int
    let chunk: BytePieces.Piece
  }

  /// A buffer that nothing is added to any more.
  private struct Segment {
    var buffer: [UInt8]
    let cuts: [Cut]

    func append(to pieces: inout BytePieces) {
      var start = 0
      for cut in cuts {
        pieces.append(buffer[start..<cut.position])
        pieces.append(cut.chunk)
        start = cut.position
      }
      pieces.append(buffer[start...])
    }
  }

  /// From this size on a buffer is not added to, if that can be.
  private static let segmentBytes = 128 << 10
  /// From this size on bytes are sent from where they are.
  private static let copiedBelow = 8 << 10

  package let version: Int16
  package let isFlexible: Bool
  private var segments: [Segment] = []
  private var segmentedBytes = 0
  private var buffer: [UInt8] = []
  /// By rising position; several may share one.
  private var cuts: [Cut] = []
  private var cutBytes = 0
  /// Where the count of the current struct's tag section stands; `nil` before its first tagged
  /// field.
  private var tagCountIndex: Int?
  private var tagCount: UInt8 = 0
  /// Writes a tagged field, which is put into another's buffer as a whole.
  private var isAside = false

  package init(version: Int16, isFlexible: Bool) {
    self.version = version
    self.isFlexible = isFlexible
  }

  /// Makes room for that many bytes in the buffer at once.
  mutating func reserve(_ count: Int) { buffer.reserveCapacity(count) }

  /// Of everything written, chunks included.
  var count: Int { segmentedBytes + buffer.count + cutBytes }

  /// Everything written: the buffers from cut to cut, and the chunks between.
  package func finish() -> BytePieces {
    var pieces = BytePieces()
    for segment in segments { segment.append(to: &pieces) }
    Segment(buffer: buffer, cuts: cuts).append(to: &pieces)
    return pieces
  }

  /// Begins another buffer. Not while a tag section is under way, whose count is set when its struct
  /// ends; tagged fields come last, so none is where an array's element ends.
  private mutating func beginSegment() {
    precondition(tagCountIndex == nil, "an array stands before the tagged fields of its struct")
    segments.append(Segment(buffer: buffer, cuts: cuts))
    segmentedBytes += buffer.count
    buffer = []
    buffer.reserveCapacity(Self.segmentBytes + Self.segmentBytes / 8)
    cuts = []
  }

  private mutating func cut(_ chunk: BytePieces.Piece) {
    cuts.append(Cut(position: buffer.count, chunk: chunk))
    cutBytes += chunk.count
  }

  // MARK: Appending

  mutating func append<T: FixedWidthInteger>(_ value: T) { buffer.appendInteger(value) }

  mutating func append(_ text: String) { buffer.append(contentsOf: text.utf8) }

  /// Replaces what was written first, such as a size that is known only in the end.
  mutating func replaceBeginning(with value: Int32) {
    withUnsafeBytes(of: value.bigEndian) { bytes in
      if segments.isEmpty {
        buffer.replaceSubrange(bytes.indices, with: bytes)
      } else {
        segments[0].buffer.replaceSubrange(bytes.indices, with: bytes)
      }
    }
  }

  // MARK: FieldCoder

  package mutating func boolean(_ name: StaticString, _ value: inout Bool) {
    append(value ? 1 as UInt8 : 0)
  }

  package mutating func integer<T: FixedWidthInteger>(_ name: StaticString, _ value: inout T) {
    append(value)
  }

  package mutating func double(_ name: StaticString, _ value: inout Double) {
    append(value.bitPattern)
  }

  package mutating func topicID(_ name: StaticString, _ value: inout TopicID) {
    append(value.high)
    append(value.low)
  }

  package mutating func string(
    _ name: StaticString, _ value: inout String?, nullable: Bool
  ) throws(WireError) {
    let count = value?.utf8.count
    if isFlexible {
      try compactLength(name, count, nullable: nullable)
    } else {
      try shortLength(name, count, nullable: nullable)
    }
    if let value { append(value) }
  }

  package mutating func bytes(
    _ name: StaticString, _ value: inout [UInt8]?, nullable: Bool
  ) throws(WireError) {
    try length(name, value?.count, nullable: nullable)
    guard let value else { return }
    if value.count < Self.copiedBelow || isAside {
      buffer += value
    } else {
      cut(.array(value[...]))
    }
  }

  package mutating func slice(
    _ name: StaticString, _ value: inout ByteSlice?, nullable: Bool
  ) throws(WireError) {
    try length(name, value?.count, nullable: nullable)
    guard let value else { return }
    if value.count < Self.copiedBelow || isAside {
      value.withUnsafeBytes { buffer.append(contentsOf: $0) }
    } else {
      cut(.slice(value))
    }
  }

  package mutating func chunks(
    _ name: StaticString, _ value: inout RecordChunks?, nullable: Bool
  ) throws(WireError) {
    try length(name, value?.byteCount, nullable: nullable)
    for chunk in value?.chunks ?? [] {
      if chunk.count < RecordChunks.copiedBelow {
        buffer += chunk
      } else {
        cut(.array(chunk))
      }
    }
  }

  package mutating func array<Element: WireElement>(
    _ name: StaticString, _ value: inout [Element]?, nullable: Bool
  ) throws(WireError) {
    try length(name, value?.count, nullable: nullable)
    // Moved out, so that coding the elements in place does not copy the array.
    guard var elements = value.take() else { return }
    for index in elements.indices {
      try elements[index].code(name, nullable: false, by: &self)
      if buffer.count >= Self.segmentBytes, !isAside { beginSegment() }
    }
    value = elements
  }

  package mutating func structure<S: WireStruct>(
    _ name: StaticString, _ value: inout S
  ) throws(WireError) {
    guard isFlexible else { return try value.fields(&self) }
    let (outerIndex, outerCount) = (tagCountIndex, tagCount)
    (tagCountIndex, tagCount) = (nil, 0)
    try value.fields(&self)
    if let tagCountIndex {
      buffer[tagCountIndex] = tagCount
    } else {
      append(0 as UInt8)
    }
    (tagCountIndex, tagCount) = (outerIndex, outerCount)
  }

  package mutating func nullableStructure<S: WireStruct>(
    _ name: StaticString, _ value: inout S?, nullable: Bool
  ) throws(WireError) {
    guard var present = value else {
      guard nullable else { throw WireError(.unexpectedNull, field: name) }
      append(-1 as Int8)
      return
    }
    append(1 as Int8)
    try structure(name, &present)
  }

  /// The count is one byte, set when the struct ends: no struct here has 128 tags. The field's size
  /// stands before it, so its data are written aside first; tagged fields are rare.
  package mutating func tagged<Value: WireValue>(
    _ tag: UInt32, _ name: StaticString, _ value: inout Value, since first: Int16,
    default absent: Value, nullable: Bool
  ) throws(WireError) {
    guard isFlexible, first <= version, value != absent else { return }
    if tagCountIndex == nil {
      tagCountIndex = buffer.count
      append(0 as UInt8)
    }
    tagCount += 1
    var aside = WireWriter(version: version, isFlexible: isFlexible)
    aside.isAside = true
    try value.code(name, nullable: nullable, by: &aside)
    // Only a message's layout could bring records here, and none of Kafka's has them in a tag.
    precondition(aside.cuts.isEmpty, "\(name): a tagged field cannot hold long records")
    guard let size = UInt32(exactly: aside.count) else {
      throw WireError(.tooLong(aside.count), field: name)
    }
    writeUnsignedVarint(tag)
    writeUnsignedVarint(size)
    buffer += aside.buffer
  }
}
