import Glibc
import KafkaWire
import Testing
import Threads

@testable import ActaClient

@Suite("What clients leave behind") struct LeakTests {
  /// Entries of a directory of this process.
  private static func count(_ directory: String) -> Int {
    guard let stream = opendir("/proc/self/\(directory)") else { return 0 }
    defer { closedir(stream) }
    var count = 0
    while readdir(stream) != nil { count += 1 }
    return count
  }

  @Test("no thread and no descriptor, whatever state they were closed in or dropped")
  func threadsAndDescriptors() async throws {
    let broker = try ScriptedBroker { $0.api == .produce ? .silence : $0.properly() }
    let (threads, descriptors) = (Self.count("task"), Self.count("fd"))
    for number in 0..<20 {
      var configuration = ProducerConfiguration(
        bootstrapServers: number % 2 == 0 ? [broker.address] : ["127.0.0.1:1"])
      configuration.requestTimeoutMilliseconds = 20
      configuration.deliveryTimeoutMilliseconds = 40
      configuration.lingerMilliseconds = 0
      configuration.maxBlockMilliseconds = 50
      let producer = try Producer(
        configuration, key: StringSerializer(), value: StringSerializer())
      try producer.start()
      try? await producer.enqueue(ProducerRecord(topic: "t", key: nil, value: "v"))
      if number % 3 != 0 { await producer.close() }
      let consumer = try Consumer(
        ConsumerConfiguration(bootstrapServers: [broker.address]), key: StringDeserializer(),
        value: StringDeserializer())
      try consumer.start()
      try await consumer.assign([TopicPartition("t", 0)])
      _ = try await consumer.poll(withinMilliseconds: 5)
      if number % 4 != 0 { await consumer.close() }
    }
    // What was dropped ends by itself, on threads of its own.
    for _ in 0..<500 where Self.count("task") > threads || Self.count("fd") > descriptors {
      try await Task.sleep(for: .milliseconds(10))
    }
    // Swift's own pool may have grown.
    #expect(Self.count("task") <= threads + 4)
    #expect(Self.count("fd") <= descriptors)
    broker.stop()
  }

  @Test("callers that wait are woken in order, when their time is up, or all, and leave nothing")
  func waiting() {
    var waiting = WaitingCallers()
    #expect(waiting.nextDeadline == nil)
    let signals = (0..<3).map { _ in AsyncSignal() }
    let first = waiting.add(signals[0], until: 30)
    _ = waiting.add(signals[1], until: 10)
    _ = waiting.add(signals[2], until: .max)
    #expect(waiting.nextDeadline == 10)
    #expect(waiting.takeOverdue(at: 9).isEmpty)
    #expect(
      waiting.takeOverdue(at: 10).map(ObjectIdentifier.init) == [ObjectIdentifier(signals[1])])
    #expect(waiting.nextDeadline == 30)
    waiting.remove(first)
    // Who waits for ever has no time that is up.
    #expect(waiting.nextDeadline == nil)
    #expect(waiting.takeOverdue(at: .max - 1).isEmpty)
    #expect(waiting.takeAll().map(ObjectIdentifier.init) == [ObjectIdentifier(signals[2])])
    #expect(waiting.takeAll().isEmpty)
  }
}
