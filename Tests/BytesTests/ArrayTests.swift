import Testing

@testable import Bytes

@Suite("Integers appended") struct ArrayTests {
  @Test("integers are appended big-endian, as slices read them")
  func integers() {
    var bytes: [UInt8] = [9]
    bytes.appendInteger(0x0102 as Int16)
    bytes.appendInteger(-2 as Int32)
    bytes.appendInteger(7 as UInt8)
    #expect(bytes == [9, 1, 2, 0xff, 0xff, 0xff, 0xfe, 7])
    #expect(ByteSlice(bytes).integer(at: 3) == -2 as Int32)
    bytes.appendInteger(.min as Int64)
    #expect(ByteSlice(bytes).integer(at: 8) == Int64.min)
  }
}
