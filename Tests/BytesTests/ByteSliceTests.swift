import Testing

@testable import Bytes

@Suite("Byte slices") struct ByteSliceTests {
  private let slice = ByteSlice([1, 2, 3, 4, 5, 6, 7, 8])

  @Test("a slice of a slice counts from its own first byte and shares the memory")
  func slices() {
    let part = slice[2..<7][1..<3]
    #expect([UInt8](part) == [4, 5])
    let (outer, inner) = slice.withUnsafeBytes { outer in
      part.withUnsafeBytes { (outer.baseAddress, $0.baseAddress) }
    }
    #expect(inner == outer.map { $0 + 3 })
  }

  @Test("integers are big-endian, at any alignment, and never read past the end")
  func integers() {
    #expect(slice.integer(at: 1) == 0x0203_0405 as UInt32)
    #expect(slice[3..<8].integer(at: 1) == 0x0506_0708 as UInt32)
    #expect(slice[3..<8].integer(at: 2, as: UInt32.self) == nil)
    #expect(slice.integer(at: 8, as: UInt8.self) == nil)
    #expect(slice.integer(at: -1, as: UInt8.self) == nil)
    #expect(slice.integer(at: .max, as: UInt64.self) == nil)
    #expect(ByteSlice().integer(as: UInt8.self) == nil)
  }

  @Test("what is taken from the front is gone, what cannot be taken stays")
  func taking() {
    var rest = slice
    #expect(rest.takeInteger() == 0x0102 as UInt16)
    #expect(rest.take(3).map { [UInt8]($0) } == [3, 4, 5])
    #expect(rest.take(4) == nil)
    #expect(rest.take(-1) == nil)
    #expect(rest.takeInteger(as: UInt32.self) == nil)
    rest.skip(1)
    #expect([UInt8](rest) == [7, 8])
    #expect(rest.take(2)?.count == 2)
    #expect(rest.isEmpty)
    #expect(rest.take(0) == ByteSlice())
  }

  @Test("slices are equal when their bytes are")
  func equality() {
    #expect(ByteSlice([1, 2, 1, 2])[0..<2] == ByteSlice([1, 2, 1, 2])[2..<4])
    #expect(ByteSlice([1, 2]) != ByteSlice([1, 3]))
    #expect(ByteSlice() == ByteSlice([]))
  }

  @Test("text is UTF-8 or none")
  func text() {
    #expect(String(validating: ByteSlice(Array("grüße".utf8))) == "grüße")
    #expect(String(validating: ByteSlice([0xc3, 0x28])) == nil)
    #expect(String(validating: ByteSlice()) == "")
  }

  /// What `new String(bytes, UTF_8)` of Java 17 makes of them.
  @Test(
    "bytes that are no UTF-8 become text as in Java",
    arguments: [
      ("67 72 c3 bc", "grü"), ("61 ff 62", "a\u{fffd}b"), ("c3 28", "\u{fffd}("),
      ("c0 80", "\u{fffd}\u{fffd}"), ("e2 82", "\u{fffd}"), ("e2 82 41", "\u{fffd}A"),
      ("e0 80 80", "\u{fffd}\u{fffd}\u{fffd}"), ("f0 9f 98", "\u{fffd}"),
      ("f4 90 80 80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"), ("f5 80", "\u{fffd}\u{fffd}"),
      ("ed a0 80", "\u{fffd}"), ("ed a0 80 ed b0 80", "\u{fffd}\u{fffd}"),
      ("ed a0 41", "\u{fffd}A"), ("ed a0", "\u{fffd}"), ("ed 9f bf", "\u{d7ff}"),
      ("61 ed", "a\u{fffd}"), ("ff ed 9f bf", "\u{fffd}\u{d7ff}"),
    ])
  func repairedText(hex: String, text: String) {
    let bytes = hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    #expect(Array(String(repairing: ByteSlice(bytes)).utf8) == Array(text.utf8))
  }

  @Test("beyond the end is a programmer's error")
  func bounds() async {
    await #expect(processExitsWith: .failure) { _ = ByteSlice([1, 2])[1..<3] }
    await #expect(processExitsWith: .failure) {
      var slice = ByteSlice([1, 2])
      slice.skip(3)
    }
  }
}
