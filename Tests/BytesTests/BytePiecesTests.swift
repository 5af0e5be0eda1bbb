import Testing

@testable import Bytes

@Suite("Byte pieces") struct BytePiecesTests {
  @Test("pieces of both kinds follow one another; empty ones are left out")
  func pieces() {
    var bytes = BytePieces([1, 2])
    bytes.append(ByteSlice())
    bytes.append([])
    bytes.append(ByteSlice([9, 3, 4])[1..<3])
    bytes.append([5, 6, 7][1...])
    #expect(bytes.pieces.count == 3)
    #expect(bytes.count == 6)
    #expect([UInt8](bytes) == [1, 2, 3, 4, 6, 7])
  }
}
