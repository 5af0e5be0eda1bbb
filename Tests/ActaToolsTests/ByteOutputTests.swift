import ActaTools
import Glibc
import Synchronization
import Testing

@Suite("Output") struct ByteOutputTests {
  private final class Sink: Sendable {
    let pieces = Mutex<[String]>([])
    /// How many bytes go out before a disk is full.
    let room = Atomic(1_000)

    func take(_ bytes: UnsafeRawBufferPointer) -> ByteOutput.Taken {
      pieces.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
      let left = room.load(ordering: .relaxed) - bytes.count
      room.store(max(0, left), ordering: .relaxed)
      return left >= 0
        ? ByteOutput.Taken(count: bytes.count)
        : ByteOutput.Taken(count: bytes.count + left, failure: ENOSPC)
    }
  }

  @Test("what is written waits until there is much of it, or it is flushed")
  func buffering() {
    let sink = Sink()
    let output = ByteOutput(capacity: 4) { sink.take($0) }
    output.write("ab")
    output.write("cd")
    #expect(sink.pieces.withLock { $0 } == [])
    output.write("e")
    output.write("f")
    #expect(sink.pieces.withLock { $0 } == ["abcde"])
    output.flush()
    output.flush()
    #expect(sink.pieces.withLock { $0 } == ["abcde", "f"])
  }

  @Test("when no more can go out, that is told once, and the rest is dropped")
  func closing() {
    let sink = Sink()
    let told = Mutex(0)
    let output = ByteOutput(capacity: 0) { sink.take($0) }
    output.whenClosed { told.withLock { $0 += 1 } }
    output.write("a")
    #expect(!output.isClosed)
    sink.room.store(2, ordering: .relaxed)
    output.write("bcd")
    output.write("e")
    #expect(output.isClosed)
    #expect(output.failure == ENOSPC)
    #expect(output.countGone == 3)
    #expect(told.withLock { $0 } == 1)
    #expect(sink.pieces.withLock { $0 } == ["a", "bcd"])
  }

  @Test("a reader that goes is noticed while nothing is written")
  func leaving() async {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let output = ByteOutput(descriptor: ends[1])
    output.write("a")
    output.flush()
    output.watchReader()
    await withCheckedContinuation { told in
      output.whenClosed { told.resume() }
      close(ends[0])
    }
    #expect(output.failure == EPIPE)
    #expect(output.countGone == 1)
    close(ends[1])
  }
}
