import Bytes

/// Where the reader stands in a struct's tag section.
///
/// The message names its tagged fields in ascending order and the section holds them in ascending
/// order, so the two are merged in one pass and nothing has to be kept.
struct TagCursor {
  struct Entry {
    let tag: UInt32
    let size: Int
  }

  /// The section's count has been read.
  var isOpen = false
  /// Entries not yet looked at, not counting `next`.
  var left = 0
  /// An entry whose tag and size have been read but whose data have not.
  var next: Entry?
  var unknown = 0
}

extension WireReader {
  package mutating func tagged<Value: WireValue>(
    _ tag: UInt32, _ name: StaticString, _ value: inout Value, since first: Int16,
    default absent: Value, nullable: Bool
  ) throws(WireError) {
    guard isFlexible, first <= version else { return }
    try openTags(name)
    while let entry = tags.next, entry.tag < tag { try skip(entry, name) }
    guard let entry = tags.next, entry.tag == tag else { return }
    try read(entry, name, &value, nullable: nullable)
    try advanceTags(after: entry, name)
  }

  /// Reads the section to its end, if the message has not.
  mutating func skipRemainingTags(_ name: StaticString) throws(WireError) {
    try openTags(name)
    while let entry = tags.next { try skip(entry, name) }
  }

  private mutating func openTags(_ name: StaticString) throws(WireError) {
    if tags.isOpen { return }
    tags.isOpen = true
    let count = Int(try unsignedVarint(name))
    if count == 0 { return }
    // An entry has a byte of tag and a byte of size at least.
    guard count <= rest.count / 2 else {
      throw WireError(.tooManyTags(count), field: name)
    }
    tags.left = count
    try advanceTags(after: nil, name)
  }

  private mutating func advanceTags(
    after previous: TagCursor.Entry?, _ name: StaticString
  ) throws(WireError) {
    guard tags.left > 0 else {
      tags.next = nil
      return
    }
    tags.left -= 1
    let tag = try unsignedVarint(name)
    if let previous, tag <= previous.tag { throw WireError(.tagsOutOfOrder(tag), field: name) }
    let size = Int(try unsignedVarint(name))
    guard size <= rest.count else { throw WireError(.truncated, field: name) }
    tags.next = .init(tag: tag, size: size)
  }

  private mutating func skip(_ entry: TagCursor.Entry, _ name: StaticString) throws(WireError) {
    tags.unknown += 1
    elementsLeft -= 1
    guard tags.unknown <= Self.unknownTagLimit, elementsLeft >= 0 else {
      throw WireError(.tooManyTags(tags.unknown), field: name)
    }
    // The size was compared with the bytes left when the entry was read.
    rest.skip(entry.size)
    try advanceTags(after: entry, name)
  }

  /// Reads a tagged field from its own bytes only: it can neither run past them nor leave some.
  private mutating func read<Value: WireValue>(
    _ entry: TagCursor.Entry, _ name: StaticString, _ value: inout Value, nullable: Bool
  ) throws(WireError) {
    let data = try take(entry.size, name)
    let behind = rest
    rest = data
    try value.code(name, nullable: nullable, by: &self)
    guard rest.isEmpty else { throw WireError(.tagSizeMismatch(entry.tag), field: name) }
    rest = behind
  }
}
