import ActaClient
import Synchronization

/// What a client has counted, as `--print-metrics` lists it.
final class MetricTable: ClientMeter {
  fileprivate struct Key: Hashable {
    let name: String
    let tags: String
  }

  private let values = Mutex<[Key: Int64]>([:])

  func count(_ counter: ClientCounter, by amount: Int, of subject: ClientSubject) {
    values.withLock { $0[Key(counter.rawValue, subject), default: 0] += Int64(amount) }
  }

  func measure(_ measure: ClientMeasure, _ value: Int64, of subject: ClientSubject) {
    values.withLock { $0[Key(measure.rawValue, subject)] = value }
  }

  var text: String {
    let lines = values.withLock { values in
      values.map { ("acta-client:\($0.key.name):{\($0.key.tags)}", $0.value) }
    }.sorted { $0.0 < $1.0 }
    let width = lines.reduce(0) { max($0, $1.0.count) }
    let rows = [("Metric Name", "Value")] + lines.map { ($0.0, ": \($0.1)") }
    return "\n"
      + rows.map { name, value in
        name + String(repeating: " ", count: max(0, width - name.count)) + " \(value)\n"
      }.joined()
  }
}

extension MetricTable.Key {
  fileprivate init(_ name: String, _ subject: ClientSubject) {
    var tags = ["client-id=\(subject.clientID)"]
    if let topic = subject.topic { tags.append("topic=\(topic)") }
    if let partition = subject.partition { tags.append("partition=\(partition)") }
    if let broker = subject.broker { tags.append("node=\(broker)") }
    if let api = subject.api { tags.append("api=\(api)") }
    self.init(name: name, tags: tags.joined(separator: ", "))
  }
}
