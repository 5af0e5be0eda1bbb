import ActaClient
import Glibc
import Synchronization

/// Sends numbered records, in turn to each partition of a topic, whatever becomes of the broker meanwhile; for
/// Tests/EndToEnd. It prints how many have been acknowledged, now and then, and at the end what was not.
///
///     ProducerWorker BROKER TOPIC PARTITIONS COUNT RECORDS_PER_SECOND [CODEC]
@main
struct ProducerWorker {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 6, let partitions = Int(arguments[3]), let count = Int(arguments[4]),
      let rate = Int(arguments[5])
    else {
      print("ProducerWorker BROKER TOPIC PARTITIONS COUNT RECORDS_PER_SECOND [CODEC]")
      exit(64)
    }
    var properties = [
      "bootstrap.servers": arguments[1], "linger.ms": "1", "batch.size": "2000",
      "reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "100", "retry.backoff.ms": "20",
      "retry.backoff.max.ms": "100",
    ]
    if arguments.count > 6 { properties["compression.type"] = arguments[6] }
    let outcome = Outcome()
    try await Producer<Never, String>.with(
      ProducerConfiguration(properties: properties), key: NoKeySerializer(),
      value: StringSerializer()
    ) { producer in
      for number in 0..<count {
        // A tick of records at a time.
        if number % max(1, rate / 100) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        try await producer.enqueue(
          ProducerRecord(
            topic: arguments[2], partition: Int32(number % partitions), value: "\(number)")
        ) { outcome.note($0) }
      }
    }
    outcome.tell()
  }
}

/// What became of records.
final class Outcome: Sendable {
  private struct State {
    var acknowledged = 0
    var failed = 0
    var reason: String?
  }

  private let state = Mutex(State())

  func note(_ result: Result<RecordMetadata, KafkaError>) {
    let acknowledged = state.withLock { state in
      switch result {
      case .success: state.acknowledged += 1
      case .failure(let error):
        state.failed += 1
        state.reason = state.reason ?? error.description
      }
      return state.acknowledged
    }
    if acknowledged % 100 == 0 {
      print(acknowledged)
      fflush(nil)
    }
  }

  func tell() {
    let state = state.withLock { $0 }
    print("acknowledged \(state.acknowledged), failed \(state.failed)", state.reason ?? "")
  }
}
