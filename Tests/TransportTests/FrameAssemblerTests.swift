import Bytes
import Testing

@testable import Transport

@Suite("Frame assembler") struct FrameAssemblerTests {
  @Test("frames split at any two bytes come out whole")
  func everySplit() throws {
    let stream = framed("a") + framed("two") + framed("three!")
    for first in 0...stream.count {
      for second in first...stream.count {
        var frames = FrameAssembler(maxFrameBytes: 100)
        var texts: [String] = []
        for part in [stream[..<first], stream[first..<second], stream[second...]] {
          texts += try take(part, into: &frames)
        }
        #expect(texts == ["a", "two", "three!"], "split at \(first) and \(second)")
        #expect(frames.hasPartialFrame == false)
      }
    }
  }

  @Test(
    "a size of zero, below zero or above the limit is refused",
    arguments: [(0, false), (-1, false), (.min, false), (100, true), (101, false), (.max, false)]
      as [(Int32, Bool)])
  func sizes(size: Int32, isLegal: Bool) throws {
    var frames = FrameAssembler(maxFrameBytes: 100)
    do throws(FrameError) {
      #expect(try take(prefix(size), into: &frames) == [])
      #expect(isLegal)
      #expect(frames.hasPartialFrame == true)
    } catch {
      #expect(!isLegal)
    }
  }

  @Test("a claimed size allocates nothing; bytes that came at most four times themselves")
  func growth() throws {
    var frames = FrameAssembler(maxFrameBytes: .max)
    #expect(try take(prefix(100 << 20), into: &frames) == [])
    #expect(frames.partialCapacity == 0)
    var received = 0
    for count in [1, 1, 1_000, 65_536, 70_000, 262_144] {
      #expect(try take([UInt8](repeating: 7, count: count), into: &frames) == [])
      received += count
      #expect(frames.partialBytes == received)
      #expect(frames.partialCapacity <= max(received * 4, 16))
    }
  }

  @Test("a frame has a buffer of its own size, whatever it was cut from")
  func noPinning() throws {
    var frames = FrameAssembler(maxFrameBytes: .max)
    #expect(try take(framed("tiny") + framed("next").dropLast(), into: &frames) == ["tiny"])
    #expect(frames.partialCapacity == 4)
  }

  @Test("the rest of a large frame is received in place, into no more than four times what came")
  func inPlace() throws {
    var frames = FrameAssembler(maxFrameBytes: .max)
    let content = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    var received = 20_000
    for bytes in [[], prefix(Int32(content.count))] {
      #expect(try take(bytes, into: &frames) == [])
      let room = frames.memoryToReceiveInto()
      #expect(room == nil)
    }
    #expect(try take(content[..<received], into: &frames) == [])
    var frame: ByteSlice?
    while frame == nil {
      let room = frames.memoryToReceiveInto()
      let memory = try #require(room)
      #expect(frames.partialCapacity <= received * 4)
      let count = min(memory.count, 70_000)
      memory.copyBytes(from: content[received..<received + count])
      received += count
      frame = frames.receivedInPlace(count)
      #expect(frames.partialBytes == (frame == nil ? received : 0))
      if content.count - received < FrameAssembler.inPlaceBytes { break }
    }
    // What is left is little, and comes with what follows it.
    if frame == nil {
      let room = frames.memoryToReceiveInto()
      #expect(room == nil)
      let rest = Array(content[received...])
      var offset = 0
      frame = try frames.next(from: rest.span.bytes, at: &offset)
    }
    #expect(frame.map { [UInt8]($0) } == content)
    #expect(frames.hasPartialFrame == false)
  }

  private func prefix(_ size: Int32) -> [UInt8] {
    withUnsafeBytes(of: size.bigEndian) { Array($0) }
  }

  private func framed(_ text: String) -> [UInt8] {
    [0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
  }
}

/// The frames that `bytes` complete; the assembler takes them all.
private func take(
  _ bytes: some Collection<UInt8>, into frames: inout FrameAssembler
) throws(FrameError) -> [String] {
  var texts: [String] = []
  var offset = 0
  let contiguous = Array(bytes)
  while let frame = try frames.next(from: contiguous.span.bytes, at: &offset) {
    texts.append(String(decoding: [UInt8](frame), as: UTF8.self))
  }
  #expect(offset == contiguous.count)
  return texts
}
