import Testing

@testable import Bytes

@Suite("Byte filler") struct ByteFillerTests {
  @Test("bytes appended and bytes received in place become one slice")
  func filling() {
    var filler = ByteFiller(capacity: 3)
    [UInt8]([1, 2]).withUnsafeBytes { filler.append($0) }
    filler.grow(to: 6)
    #expect(filler.room.count == 4)
    filler.room.copyBytes(from: [3, 4, 5])
    filler.filled(3)
    #expect(filler.count == 5)
    #expect([UInt8](filler.finish()) == [1, 2, 3, 4, 5])
    #expect(filler.count == 0)
    #expect(filler.capacity == 0)
    #expect(filler.finish().isEmpty)
  }

  @Test("it never has more room than it was asked to have")
  func capacity() {
    var filler = ByteFiller()
    #expect(filler.room.count == 0)
    filler.grow(to: 10)
    filler.grow(to: 5)
    #expect(filler.capacity == 10)
  }

  @Test("more than there is room for is a programmer's error")
  func bounds() async {
    await #expect(processExitsWith: .failure) {
      var filler = ByteFiller(capacity: 1)
      [UInt8]([1, 2]).withUnsafeBytes { filler.append($0) }
    }
    await #expect(processExitsWith: .failure) {
      var filler = ByteFiller(capacity: 1)
      filler.filled(2)
    }
  }
}
