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

  @Test("beyond the end is a programmer's error")
  func bounds() async {
    await #expect(processExitsWith: .failure) { _ = ByteSlice([1, 2])[1..<3] }
    await #expect(processExitsWith: .failure) {
      var slice = ByteSlice([1, 2])
      slice.skip(3)
    }
  }
}
