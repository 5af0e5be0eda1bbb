/// What a partition knows of an idempotent producer: its epoch and its last five batches
/// (KafkaWire/PROTOCOL.md §15).
struct ProducerState: Equatable {
  static let window = 5

  struct Batch: Equatable {
    let firstSequence: Int32
    let lastSequence: Int32
    let baseOffset: Int64
    let lastOffset: Int64
    /// The broker's clock, epoch milliseconds.
    let timestamp: Int64
  }

  let epoch: Int16
  let lastTimestamp: Int64
  /// Oldest first.
  let batches: [Batch]

  enum Decision: Equatable {
    case accept
    case duplicate(baseOffset: Int64)
    case staleEpoch(known: Int16)
    case outOfOrder(expected: Int32, found: Int32)
  }

  /// Judges a batch by the state known for its producer; `nil` accepts any sequence.
  static func decide(
    _ known: ProducerState?, epoch: Int16, firstSequence: Int32, lastSequence: Int32
  ) -> Decision {
    guard let known else { return .accept }
    if epoch < known.epoch { return .staleEpoch(known: known.epoch) }
    if epoch > known.epoch {
      return firstSequence == 0 ? .accept : .outOfOrder(expected: 0, found: firstSequence)
    }
    for batch in known.batches
    where batch.firstSequence == firstSequence && batch.lastSequence == lastSequence {
      return .duplicate(baseOffset: batch.baseOffset)
    }
    guard let last = known.batches.last else { return .accept }
    let expected = last.lastSequence == .max ? 0 : last.lastSequence + 1
    return firstSequence == expected
      ? .accept : .outOfOrder(expected: expected, found: firstSequence)
  }

  /// The state after `batch` was appended.
  static func appending(_ batch: Batch, epoch: Int16, to known: ProducerState?) -> ProducerState {
    var batches = known?.epoch == epoch ? known?.batches ?? [] : []
    batches.append(batch)
    if batches.count > window { batches.removeFirst(batches.count - window) }
    return ProducerState(epoch: epoch, lastTimestamp: batch.timestamp, batches: batches)
  }
}

/// The batches as the column `producer_state.batches` keeps them:
/// `[[first sequence, last sequence, base offset, last offset, epoch milliseconds], …]`.
extension ProducerState {
  var batchesJSON: String {
    let rows = batches.map {
      "[\($0.firstSequence),\($0.lastSequence),\($0.baseOffset),\($0.lastOffset),\($0.timestamp)]"
    }
    return "[" + rows.joined(separator: ",") + "]"
  }

  /// `nil` if the text is not of that form.
  static func batches(json: String) -> [Batch]? {
    var numbers: [Int64] = []
    for part in json.split(whereSeparator: { "[], \n\t".contains($0) }) {
      guard let number = Int64(part) else { return nil }
      numbers.append(number)
    }
    guard numbers.count % 5 == 0, numbers.count <= window * 5 else { return nil }
    var batches: [Batch] = []
    for start in stride(from: 0, to: numbers.count, by: 5) {
      guard let first = Int32(exactly: numbers[start]),
        let last = Int32(exactly: numbers[start + 1])
      else { return nil }
      batches.append(
        Batch(
          firstSequence: first, lastSequence: last, baseOffset: numbers[start + 2],
          lastOffset: numbers[start + 3], timestamp: numbers[start + 4]))
    }
    return batches
  }
}
