import ActaClient
import Glibc

/// Lines of JSON, each one write to the file: what was noted is there, even after SIGKILL.
final class Journal: Sendable {
  private let file: Int32

  init(_ path: String) {
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    precondition(file >= 0, "\(path) cannot be written")
  }

  func note(
    _ event: String, places: [TopicPartition]? = nil,
    processed: (place: TopicPartition, offsets: [Int64])? = nil,
    offsets: [TopicPartition: Int64]? = nil, text: String? = nil
  ) {
    let line = Line(
      at: Self.now, event: event,
      partitions: places?.sorted().map { Place(place: $0, offset: nil) },
      topic: processed?.place.topic, partition: processed?.place.partition,
      offsets: processed.map { .numbers($0.offsets) }
        ?? offsets.map { offsets in
          .places(
            offsets.sorted { $0.key < $1.key }.map { Place(place: $0.key, offset: $0.value) })
        },
      text: text)
    var headers: [Header] = []
    guard var bytes = try? JSONSerializer<Line>().serialize(line, topic: "", headers: &headers)
    else { preconditionFailure("a journal's line is JSON") }
    bytes.append(UInt8(ascii: "\n"))
    precondition(write(file, bytes, bytes.count) == bytes.count, "the disk is full")
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private struct Line: Encodable, Sendable {
    let at: Double
    let event: String
    let partitions: [Place]?
    let topic: String?
    let partition: Int32?
    let offsets: Offsets?
    let text: String?
  }

  private enum Offsets: Encodable, Sendable {
    case numbers([Int64])
    case places([Place])

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .numbers(let numbers): try numbers.encode(to: encoder)
      case .places(let places): try places.encode(to: encoder)
      }
    }
  }

  /// `[topic, partition]`, or `[topic, partition, offset]`.
  private struct Place: Encodable, Sendable {
    let place: TopicPartition
    let offset: Int64?

    func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      try list.encode(place.topic)
      try list.encode(place.partition)
      if let offset { try list.encode(offset) }
    }
  }
}
