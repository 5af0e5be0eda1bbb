// Bytes as they come from a socket and go to one: owned by one object, passed on as ranges of it,
// not copied. This module knows neither sockets nor formats.

/// A range of bytes that do not change. Slices of it share its memory and keep all of it alive.
///
/// `take…` reads from the front and leaves the rest: that is how messages are read. Integers are
/// big-endian, as in every network protocol.
@frozen @usableFromInline
package struct ByteSlice: Sendable {
  /// `nil` when there are no bytes.
  @usableFromInline let block: ByteBlock?
  @usableFromInline var start: Int
  @usableFromInline var end: Int

  @inlinable
  package init() {
    block = nil
    start = 0
    end = 0
  }

  @usableFromInline
  init(_ block: ByteBlock, count: Int) {
    self.block = block
    start = 0
    end = count
  }

  /// A copy of what `bytes` holds.
  package init(_ bytes: some Collection<UInt8>) {
    let contiguous = Array(bytes)
    var filler = ByteFiller(capacity: contiguous.count)
    contiguous.withUnsafeBytes { filler.append($0) }
    self = filler.finish()
  }

  @inlinable package var count: Int { end - start }
  @inlinable package var isEmpty: Bool { start == end }

  /// Lends the bytes; they are valid only inside `body`.
  @inlinable
  package func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    guard let block else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return try body(UnsafeRawBufferPointer(start: block.base + start, count: count))
  }

  /// Lends the bytes, bounds-checked; they are valid only inside `body`.
  @inlinable
  package func withBytes<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    try withUnsafeBytes { bytes throws(E) in try body(bytes.bytes) }
  }

  /// Part of the bytes, counted from the first.
  @inlinable
  package subscript(_ range: Range<Int>) -> ByteSlice {
    precondition(range.lowerBound >= 0, "a slice starts at its first byte")
    precondition(range.upperBound <= count, "\(range) is beyond \(count) bytes")
    var slice = self
    slice.start = start + range.lowerBound
    slice.end = start + range.upperBound
    return slice
  }

  /// The integer that begins `offset` bytes from the front; `nil` when it does not end in here.
  @inlinable
  package func integer<T: FixedWidthInteger>(at offset: Int = 0, as type: T.Type = T.self) -> T? {
    let size = MemoryLayout<T>.size
    guard offset >= 0, size <= count, offset <= count - size, let block else { return nil }
    // In bounds: the block is filled up to `end` at least. Integers of any alignment are trivial.
    var value: T = 0
    withUnsafeMutableBytes(of: &value) {
      $0.copyMemory(
        from: UnsafeRawBufferPointer(start: block.base + start + offset, count: size))
    }
    return T(bigEndian: value)
  }

  // MARK: Reading from the front

  @inlinable
  package mutating func takeInteger<T: FixedWidthInteger>(as type: T.Type = T.self) -> T? {
    guard let value = integer(as: type) else { return nil }
    start += MemoryLayout<T>.size
    return value
  }

  /// The next `count` bytes; `nil` when there are fewer.
  @inlinable
  package mutating func take(_ count: Int) -> ByteSlice? {
    guard count >= 0, count <= self.count else { return nil }
    var slice = self
    slice.end = start + count
    start += count
    return slice
  }

  /// Passes over bytes that are known to be there.
  @inlinable
  package mutating func skip(_ count: Int) {
    precondition(count >= 0, "reading goes forwards")
    precondition(count <= self.count, "there are \(self.count) bytes, not \(count)")
    start += count
  }
}

extension ByteSlice: Equatable {
  @inlinable package static func == (a: ByteSlice, b: ByteSlice) -> Bool {
    a.withUnsafeBytes { a in b.withUnsafeBytes { b in a.elementsEqual(b) } }
  }
}

extension [UInt8] {
  /// A copy.
  package init(_ slice: ByteSlice) {
    self = slice.withUnsafeBytes { [UInt8]($0) }
  }
}

extension String {
  /// `nil` unless the bytes are UTF-8.
  package init?(validating slice: ByteSlice) {
    do {
      // Not `String(validating:as:)`, which looks up generic types in every call.
      self = try slice.withUnsafeBytes { bytes throws(UTF8.ValidationError) in
        String(copying: try UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span))
      }
    } catch {
      return nil
    }
  }

  /// Bytes that may be no UTF-8, as Java reads them: U+FFFD stands for each piece that is not. A
  /// surrogate written in three bytes is one such piece, where Swift would see three.
  package init(repairing slice: ByteSlice) {
    if let text = String(validating: slice) {
      self = text
    } else {
      self.init(decoding: Self.withoutSurrogates(slice), as: UTF8.self)
    }
  }

  private static func withoutSurrogates(_ slice: ByteSlice) -> [UInt8] {
    let bytes = [UInt8](slice)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let beginsSurrogate =
        bytes[index] == 0xed && index + 1 < bytes.count
        && (0xa0...0xbf).contains(bytes[index + 1])
      if beginsSurrogate {
        index += 2
        if index < bytes.count, bytes[index] & 0xc0 == 0x80 { index += 1 }
        result.append(contentsOf: "\u{fffd}".utf8)
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }
}
