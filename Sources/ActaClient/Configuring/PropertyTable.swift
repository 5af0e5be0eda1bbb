import ClientCore
import KafkaConfig

/// The properties of one kind of client. All that is known of them is here.
struct PropertyTable<Configuration: ClientConfiguration>: Sendable {
  /// In the order in which they are applied.
  private let entries: [PropertyEntry<Configuration>]

  init(_ entries: [PropertyEntry<Configuration>]) {
    self.entries = entries.sorted { $0.rank < $1.rank }
  }

  var documentation: [ConfigurationProperty] {
    let defaults = Configuration()
    return entries.map { entry in
      ConfigurationProperty(
        name: entry.name, role: entry.role,
        type: entry.role == .withoutEffect ? nil : "\(entry.type)".uppercased(),
        defaultValue: entry.defaultValue(defaults), summary: entry.summary)
    }.sorted { $0.name < $1.name }
  }

  /// Reads properties into a configuration.
  ///
  /// - Parameter note: Told of each property that has no effect, in a sentence.
  /// - Throws: `invalidArgument`, for an unknown name with the one that was most likely meant.
  func apply(
    _ properties: [String: String], to configuration: inout Configuration,
    note: (String) -> Void
  ) throws(ClientFailure) {
    try refuseUnknown(properties)
    for entry in entries {
      guard let text = properties[entry.name] else { continue }
      if entry.role == .withoutEffect { note("\(entry.name) has no effect: \(entry.summary)") }
      do throws(ConfigError) {
        let value = try entry.type.parse(text, for: entry.name)
        try entry.check.check(value, of: entry.name)
        try translating(value, entry, &configuration)
      } catch {
        throw ClientFailure(.invalidArgument, "\(error)")
      }
    }
  }

  /// `ConfigError` is what the parsing around it throws.
  private func translating(
    _ value: ConfigValue, _ entry: PropertyEntry<Configuration>,
    _ configuration: inout Configuration
  ) throws(ConfigError) {
    do throws(ClientFailure) {
      try entry.apply(&configuration, value)
    } catch {
      throw .conflict(error.sentence)
    }
  }

  private func refuseUnknown(_ properties: [String: String]) throws(ClientFailure) {
    let known = Set(entries.map(\.name))
    guard let unknown = properties.keys.filter({ !known.contains($0) }).min() else { return }
    let nearest = NearestKey.suggestion(for: unknown, among: entries.map(\.name))
    throw ClientFailure(
      .invalidArgument,
      "Unknown configuration \(unknown)" + (nearest.map { "; did you mean \($0)?" } ?? "."))
  }
}

extension PropertyEntry {
  /// Levels of compression belong to the codec that was chosen: they come last.
  fileprivate var rank: Int { name.hasSuffix(".level") ? 1 : 0 }
}
