/// Under what a number is read: a name in Prometheus' form, and labels that tell several of one name apart.
package struct CounterName: Hashable, Sendable {
  package struct Label: Hashable, Sendable {
    package let name: String
    package let value: String
  }

  package let name: String
  /// In the order in which they were given.
  package let labels: [Label]

  package init(_ name: String, _ labels: KeyValuePairs<String, String> = [:]) {
    self.name = name
    self.labels = labels.map { Label(name: $0.key, value: $0.value) }
  }
}

extension CounterName: CustomStringConvertible {
  package var description: String {
    if labels.isEmpty { return name }
    let pairs = labels.map { "\($0.name)=\"\($0.value)\"" }
    return "\(name){\(pairs.joined(separator: ","))}"
  }
}
