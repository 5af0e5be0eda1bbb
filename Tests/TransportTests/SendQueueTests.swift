import Bytes
import Glibc
import Testing

@testable import Transport

@Suite("Send queue") struct SendQueueTests {
  @Test("whatever a socket takes of it, the bytes come out in order and once")
  func anyParts() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(seed)
    for _ in 0..<200 {
      var queue = SendQueue()
      var given: [UInt8] = []
      var taken: [UInt8] = []
      for _ in 0..<60 {
        let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        var pieces = BytePieces(bytes)
        pieces.append(ByteSlice(bytes))
        queue.append(pieces)
        given += bytes + bytes
        taken += take(Int.random(in: 0...120, using: &random), from: &queue)
        if queue.count != given.count - taken.count {
          Issue.record("the count is wrong, seed \(seed)")
          return
        }
      }
      while !queue.isEmpty { taken += take(50, from: &queue) }
      #expect(taken == given, "seed \(seed)")
    }
  }

  @Test("no more vectors are lent than there is room for, and none when nothing is left")
  func vectors() {
    var queue = SendQueue()
    #expect(lent(queue, room: 3) == [])
    for text in ["one", "two", "three", "four"] { queue.append(BytePieces(Array(text.utf8))) }
    #expect(lent(queue, room: 3) == ["one", "two", "three"])
    queue.advance(by: 5)
    #expect(lent(queue, room: 3) == ["o", "three", "four"])
    queue.advance(by: 10)
    #expect(queue.isEmpty == true)
    #expect(lent(queue, room: 3) == [])
  }

  @Test("what has been sent is let go of at once")
  func owners() {
    var queue = SendQueue()
    for _ in 0..<100 { queue.append(BytePieces([UInt8](repeating: 1, count: 10))) }
    queue.advance(by: 995)
    #expect(queue.count == 5)
    #expect(queue.heldPieces == 1)
  }

  private func lent(_ queue: borrowing SendQueue, room: Int) -> [String] {
    let vectors = UnsafeMutableBufferPointer<iovec>.allocate(capacity: room)
    defer { vectors.deallocate() }
    return queue.withVectors(vectors) { vectors in
      vectors.map {
        String(
          decoding: UnsafeRawBufferPointer(start: $0.iov_base, count: $0.iov_len), as: UTF8.self)
      }
    }
  }

  /// As a socket that takes at most `count` bytes.
  private func take(_ count: Int, from queue: inout SendQueue) -> [UInt8] {
    let vectors = UnsafeMutableBufferPointer<iovec>.allocate(capacity: 4)
    defer { vectors.deallocate() }
    let front = queue.withVectors(vectors) { vectors in
      vectors.flatMap {
        [UInt8](UnsafeRawBufferPointer(start: $0.iov_base, count: $0.iov_len))
      }
    }
    let taken = Array(front.prefix(count))
    queue.advance(by: taken.count)
    return taken
  }
}
