import ActaClient
import Glibc
import Synchronization

/// Produces and consumes for tools/bench: how fast this client is, at which cost of processor. Prints a line of JSON.
///
///     ClientBench produce BROKER TOPIC COUNT BYTES [none|gzip|snappy|lz4|zstd]
///     ClientBench latency BROKER TOPIC COUNT BYTES
///     ClientBench consume BROKER TOPIC COUNT PARTITIONS
@main
struct ClientBench {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 6, let count = Int(arguments[4]), let size = Int(arguments[5]) else {
      print("ClientBench produce|latency|consume BROKER TOPIC COUNT BYTES|PARTITIONS [CODEC]")
      exit(64)
    }
    let (broker, topic) = (arguments[2], arguments[3])
    switch arguments[1] {
    case "consume": try await consume(broker, topic, count, partitions: size)
    case "latency": try await produce(broker, topic, count, size, "await")
    default:
      try await produce(broker, topic, count, size, arguments.count > 6 ? arguments[6] : "none")
    }
  }

  static func consume(_ broker: String, _ topic: String, _ count: Int, partitions: Int) async throws
  {
    var configuration = ConsumerConfiguration(bootstrapServers: [broker])
    configuration.autoOffsetReset = .earliest
    configuration.maxPollRecords = 5_000
    let consumer = try Consumer(configuration, key: BytesDeserializer(), value: BytesDeserializer())
    try consumer.start()
    let began = (wall: now(CLOCK_MONOTONIC), processor: now(CLOCK_PROCESS_CPUTIME_ID))
    try await consumer.assign((0..<partitions).map { TopicPartition(topic, Int32($0)) })
    var read = 0
    while read < count {
      let records = try await consumer.poll(withinMilliseconds: 5_000)
      if records.isEmpty { break }
      read += records.count
    }
    let wall = now(CLOCK_MONOTONIC) - began.wall
    let processor = now(CLOCK_PROCESS_CPUTIME_ID) - began.processor
    await consumer.close()
    tell(read, wall, processor, failed: count - read)
  }

  static func produce(
    _ broker: String, _ topic: String, _ count: Int, _ size: Int, _ mode: String
  ) async throws {
    var configuration = ProducerConfiguration(bootstrapServers: [broker])
    configuration.batchSize = 1 << 20
    configuration.maxRequestSize = 1 << 20
    configuration.lingerMilliseconds = mode == "await" ? 0 : 5
    switch mode {
    case "lz4": configuration.compression = .lz4
    case "zstd": configuration.compression = .zstd
    case "snappy": configuration.compression = .snappy
    case "gzip": configuration.compression = .gzip
    default: break
    }
    let producer = try Producer(configuration, key: BytesSerializer(), value: BytesSerializer())
    try producer.start()
    let values = (0..<1_000).map { Array(value($0, size).utf8) }
    _ = try await producer.send(ProducerRecord(topic: topic, value: values[0]))
    let failed = Atomic(0)
    let began = (wall: now(CLOCK_MONOTONIC), processor: now(CLOCK_PROCESS_CPUTIME_ID))
    var latencies: [Double] = []
    for n in 0..<count {
      let record = ProducerRecord(
        topic: topic, key: nil as [UInt8]?, value: values[n % 1_000])
      if mode == "await" {
        let before = now(CLOCK_MONOTONIC)
        _ = try await producer.send(record)
        latencies.append(now(CLOCK_MONOTONIC) - before)
      } else {
        try await producer.enqueue(record) { result in
          if case .failure = result { failed.add(1, ordering: .relaxed) }
        }
      }
    }
    try await producer.flush()
    let wall = now(CLOCK_MONOTONIC) - began.wall
    let processor = now(CLOCK_PROCESS_CPUTIME_ID) - began.processor
    await producer.close()
    latencies.sort()
    if !latencies.isEmpty {
      let (p50, p99) = (latencies[latencies.count / 2], latencies[latencies.count * 99 / 100])
      return print(
        "{\"p50_microseconds\": \(p50 * 1e6), \"p99_microseconds\": \(p99 * 1e6)}")
    }
    tell(count, wall, processor, failed: failed.load(ordering: .relaxed))
  }

  static func tell(_ count: Int, _ wall: Double, _ processor: Double, failed: Int) {
    print(
      "{\"records_per_second\": \(Double(count) / wall), \"failed\": \(failed),"
        + " \"processor_microseconds_per_record\": \(processor / Double(count) * 1e6)}")
  }

  /// Text like that of an application.
  static func value(_ n: Int, _ size: Int) -> String {
    var text =
      "{\"id\":\(n),\"status\":\"\(n % 3 == 0 ? "paid" : "open")\",\"total\":\(n * 37 % 991)"
    var filler = UInt64(n) &* 0x9e37_79b9_7f4a_7c15
    while text.utf8.count < size - 24 {
      filler = filler &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      text += ",\"\(filler % 100)\":\"\(filler >> 40)\""
    }
    return text + "}"
  }

  static func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
