import ActaModel
import Synchronization
import Testing

@testable import Broker

@Suite("Fetch waiters") struct FetchWaitersTests {
  private final class Wakes: Sendable {
    private let names = Mutex<[String]>([])
    var list: [String] { names.withLock { $0 } }
    func note(_ name: String) { names.withLock { $0.append(name) } }
  }

  private let waiters = FetchWaiters()
  private let executor = ManualExecutor()
  private let wakes = Wakes()

  private func park(
    _ name: String, connection id: UInt64 = 1, on partitions: [Int64], milliseconds: Int64 = 500
  ) -> FetchWaiters.Token? {
    let connection = ConnectionContext(
      id: id, listenerName: "PLAINTEXT", clientAddress: "/127.0.0.1", executor: executor)
    return waiters.park(
      connection: connection, partitions: Set(partitions.map(PartitionID.init)),
      milliseconds: milliseconds
    ) { [wakes] in wakes.note(name) }
  }

  @Test("an advance wakes those who wait for the partition, once, and nobody else")
  func advance() {
    _ = park("a", connection: 1, on: [1, 2])
    _ = park("b", connection: 2, on: [2])
    _ = park("c", connection: 3, on: [3])
    waiters.wake([PartitionID(2), PartitionID(1)])
    #expect(wakes.list == ["a", "b"])
    waiters.wake([PartitionID(2)])
    #expect(wakes.list == ["a", "b"])
    #expect(waiters.count == 1)
    #expect(executor.timerCount == 1)
  }

  @Test("the deadline wakes, one millisecond before it does not")
  func deadline() {
    _ = park("a", on: [1], milliseconds: 500)
    executor.advance(milliseconds: 499)
    #expect(wakes.list == [])
    executor.advance(milliseconds: 1)
    #expect(wakes.list == ["a"])
    waiters.wake([PartitionID(1)])
    #expect(wakes.list == ["a"])
  }

  @Test("a deadline that has passed before its timer is known wakes all the same")
  func immediateDeadline() {
    let connection = ConnectionContext(
      id: 1, listenerName: "PLAINTEXT", clientAddress: "/127.0.0.1", executor: HastyExecutor())
    _ = waiters.park(connection: connection, partitions: [PartitionID(1)], milliseconds: 1) {
      [wakes] in wakes.note("a")
    }
    #expect(wakes.list == ["a"])
    #expect(waiters.count == 0)
  }

  @Test("a waiter can be taken back until it is woken")
  func unpark() throws {
    let first = try #require(park("a", on: [1]))
    #expect(waiters.unpark(first))
    #expect(!waiters.unpark(first))
    let second = try #require(park("b", on: [1]))
    waiters.wake([PartitionID(1)])
    #expect(!waiters.unpark(second))
    #expect(wakes.list == ["b"])
    #expect(executor.timerCount == 0)
  }

  @Test("a closed connection's fetch is dropped, with its timer")
  func drop() {
    _ = park("a", connection: 7, on: [1])
    _ = park("b", connection: 8, on: [1])
    waiters.drop(connectionID: 7)
    waiters.wake([PartitionID(1)])
    #expect(wakes.list == ["b"])
    #expect(waiters.count == 0)
    #expect(executor.timerCount == 0)
  }

  @Test("a stop wakes everyone, and nobody waits after it")
  func stop() {
    _ = park("a", connection: 1, on: [1])
    _ = park("b", connection: 2, on: [2])
    waiters.stop()
    #expect(wakes.list == ["a", "b"])
    #expect(park("c", connection: 3, on: [1]) == nil)
    #expect(executor.timerCount == 0)
  }

  @Test("a deadline that falls due while the fetch is being parked wakes it and leaves nothing")
  func earlyDeadline() {
    let connection = ConnectionContext(
      id: 1, listenerName: "PLAINTEXT", clientAddress: "/127.0.0.1", executor: EarlyExecutor())
    _ = waiters.park(connection: connection, partitions: [PartitionID(1)], milliseconds: 1) {
      [wakes] in wakes.note("a")
    }
    #expect(wakes.list == ["a"])
    #expect(waiters.count == 0)
  }

  @Test("beyond the limit nobody parks")
  func limit() {
    for id in 0..<FetchWaiters.maximumCount {
      _ = park("x", connection: UInt64(id), on: [1])
    }
    #expect(park("y", connection: .max, on: [1]) == nil)
    #expect(executor.timerCount == FetchWaiters.maximumCount)
  }
}

/// A connection's thread that runs a timer before its owner has heard of it.
private struct EarlyExecutor: ConnectionExecutor {
  private struct NothingLeft: Cancellable {
    func cancel() {}
  }

  let nowMilliseconds: Int64 = 0

  let isCurrent = true
  func execute(_ body: @escaping @Sendable () -> Void) { body() }

  func schedule(
    afterMilliseconds milliseconds: Int64, _ body: @escaping @Sendable () -> Void
  ) -> any Cancellable {
    body()
    return NothingLeft()
  }
}
