import ActaTools
import Synchronization
import Testing

@Suite("Output") struct ByteOutputTests {
  private final class Sink: Sendable {
    let pieces = Mutex<[String]>([])
    let isOpen = Atomic(true)

    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
      pieces.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
      return isOpen.load(ordering: .relaxed)
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

  @Test("when nobody reads any more, that is told once, and the rest is dropped")
  func closing() {
    let sink = Sink()
    let told = Mutex(0)
    let output = ByteOutput(capacity: 0) { sink.take($0) }
    output.whenClosed { told.withLock { $0 += 1 } }
    output.write("a")
    #expect(!output.isClosed)
    sink.isOpen.store(false, ordering: .relaxed)
    output.write("b")
    output.write("c")
    #expect(output.isClosed)
    #expect(told.withLock { $0 } == 1)
    #expect(sink.pieces.withLock { $0 } == ["a", "b"])
  }
}
