import NIOCore
import Testing

@testable import BrokerServer

@Suite("Frame assembler") struct FrameAssemblerTests {
  @Test("frames split at any two bytes come out whole")
  func everySplit() throws {
    let stream = framed("a") + framed("two") + framed("three!")
    for first in 0...stream.count {
      for second in first...stream.count {
        var frames = FrameAssembler(maxFrameBytes: 100)
        var texts: [String] = []
        for part in [stream[..<first], stream[first..<second], stream[second...]] {
          var chunk = ByteBuffer(bytes: part)
          while let frame = try frames.next(from: &chunk) { texts.append(String(buffer: frame)) }
          #expect(chunk.readableBytes == 0)
        }
        #expect(texts == ["a", "two", "three!"], "split at \(first) and \(second)")
        #expect(!frames.hasPartialFrame)
      }
    }
  }

  @Test(
    "a size of zero, below zero or above the limit is refused",
    arguments: [(0, false), (-1, false), (.min, false), (100, true), (101, false), (.max, false)]
      as [(Int32, Bool)])
  func sizes(size: Int32, isLegal: Bool) throws {
    var frames = FrameAssembler(maxFrameBytes: 100)
    var chunk = ByteBuffer(integer: size)
    if isLegal {
      #expect(try frames.next(from: &chunk) == nil)
      #expect(frames.hasPartialFrame)
    } else {
      #expect(throws: FrameError.self) { try frames.next(from: &chunk) }
    }
  }

  @Test("a claimed size allocates nothing; bytes that came at most four times themselves")
  func growth() throws {
    var frames = FrameAssembler(maxFrameBytes: .max)
    var prefix = ByteBuffer(integer: Int32(100 << 20))
    #expect(try frames.next(from: &prefix) == nil)
    #expect(frames.partialCapacity == 0)
    var received = 0
    for count in [1, 1, 1_000, 65_536, 70_000, 262_144] {
      var chunk = ByteBuffer(repeating: 7, count: count)
      #expect(try frames.next(from: &chunk) == nil)
      received += count
      #expect(frames.partialBytes == received)
      #expect(frames.partialCapacity <= max(received * 4, 16))
    }
  }

  @Test("a frame has a buffer of its own size, whatever it was cut from")
  func noPinning() throws {
    var frames = FrameAssembler(maxFrameBytes: .max)
    var chunk = ByteBuffer(bytes: framed("tiny"))
    chunk.reserveCapacity(1 << 20)
    let frame = try #require(try frames.next(from: &chunk))
    #expect(frame.storageCapacity <= 64)
    #expect(frames.partialCapacity == 0)
  }

  private func framed(_ text: String) -> [UInt8] {
    [0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
  }
}
