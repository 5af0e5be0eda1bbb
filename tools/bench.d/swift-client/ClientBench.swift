import ActaClient
import Glibc
import Synchronization

/// Produces and consumes for tools/bench: how fast this client is, at which cost of processor. Prints a line of JSON.
///
///     ClientBench produce BROKER TOPIC COUNT BYTES [none|gzip|snappy|lz4|zstd]
///     ClientBench latency BROKER TOPIC COUNT BYTES
///     ClientBench consume BROKER TOPIC COUNT PARTITIONS        by polls
///     ClientBench records BROKER TOPIC COUNT PARTITIONS        by a loop
///
/// CLIENT_PROPERTIES names a property file of which security.protocol counts, with what belongs to it.
///
/// BROKER is an address, or a broker in this process (`BenchedBroker`); to be consumed from, that one is filled first.
@main
struct ClientBench {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 6, let count = Int(arguments[4]), let size = Int(arguments[5]) else {
      print(
        "ClientBench produce|latency|consume|records BROKER TOPIC COUNT BYTES|PARTITIONS [CODEC]")
      exit(64)
    }
    let (broker, topic) = (try BenchedBroker(arguments[2]), arguments[3])
    switch arguments[1] {
    case "consume", "records":
      try await broker.fill(topic, count)
      try await consume(
        broker, topic, count, partitions: size, oneByOne: arguments[1] == "records")
    case "latency": try await produce(broker, topic, count, size, "await")
    default:
      try await produce(broker, topic, count, size, arguments.count > 6 ? arguments[6] : "none")
    }
    try await broker.shutdown()
  }

  static func consume(
    _ broker: BenchedBroker, _ topic: String, _ count: Int, partitions: Int, oneByOne: Bool
  ) async throws {
    var configuration = ConsumerConfiguration()
    configuration.security = try security()
    configuration.autoOffsetReset = .earliest
    configuration.maxPollRecords = 5_000
    let consumer = try broker.consumer(configuration)
    let began = (wall: now(CLOCK_MONOTONIC), processor: now(CLOCK_PROCESS_CPUTIME_ID))
    try await consumer.assign((0..<partitions).map { TopicPartition(topic, Int32($0)) })
    var read = 0
    if oneByOne {
      for try await _ in consumer.records {
        read += 1
        if read == count { break }
      }
    }
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

  static func security() throws -> ClientSecurity {
    guard let path = getenv("CLIENT_PROPERTIES") else { return .plaintext }
    return try AdminConfiguration(propertyFile: String(cString: path)).security
  }

  static func produce(
    _ broker: BenchedBroker, _ topic: String, _ count: Int, _ size: Int, _ mode: String
  ) async throws {
    var configuration = ProducerConfiguration()
    configuration.security = try security()
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
    let producer = try broker.producer(configuration)
    let payload = Payload(valueBytes: size)
    for n in 0..<(mode == "await" ? 200 : 1) {
      _ = try await producer.send(
        ProducerRecord(topic: topic, partition: 0, key: payload.key(n), value: payload.value(n)))
    }
    let failed = Atomic(0)
    let began = (wall: now(CLOCK_MONOTONIC), processor: now(CLOCK_PROCESS_CPUTIME_ID))
    var latencies: [Double] = []
    for n in 0..<count {
      let record = ProducerRecord(
        topic: topic, partition: mode == "await" ? 0 : nil, key: payload.key(n),
        value: payload.value(n))
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

  static func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
