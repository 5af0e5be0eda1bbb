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
  /// - Parameters:
  ///   - unknown: What is done about names that are not known.
  ///   - note: Told of each property that has no effect, in a sentence.
  /// - Throws: `invalidArgument`, for an unknown name with the one that was most likely meant.
  func apply(
    _ properties: [String: String], to configuration: inout Configuration,
    unknown: UnknownProperties, note: (String) -> Void
  ) throws(ClientFailure) {
    let known = Set(entries.map(\.name))
    for name in properties.keys.filter({ !known.contains($0) }).sorted() {
      if unknown == .refused { throw refusal(of: name) }
      note("\(name) has no effect: it is not known.")
    }
    for entry in entries {
      guard let text = properties[entry.name] else { continue }
      if entry.role == .withoutEffect { note("\(entry.name) has no effect: \(entry.summary)") }
      do throws(ConfigError) {
        let value = try entry.type.parse(text, for: entry.name).withoutRepeats
        try entry.check.check(value, of: entry.name)
        try translating(value, entry, &configuration)
      } catch {
        throw ClientFailure(.invalidArgument, "\(error)")
      }
    }
    try applySecurity(properties, to: &configuration, note: note)
  }

  private func applySecurity(
    _ properties: [String: String], to configuration: inout Configuration,
    note: (String) -> Void
  ) throws(ClientFailure) {
    let read = SecurityProperties(properties)
    guard let security = try read.security() else { return }
    configuration.security = security
    let name = properties["security.protocol"] ?? "PLAINTEXT"
    for unused in read.unused(of: entries, under: security, by: Configuration()) {
      note("\(unused) has no effect: security.protocol is \(name).")
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

  private func refusal(of unknown: String) -> ClientFailure {
    let nearest = NearestKey.suggestion(for: unknown, among: entries.map(\.name))
    return ClientFailure(
      .invalidArgument,
      "Unknown configuration \(unknown)" + (nearest.map { "; did you mean \($0)?" } ?? "."))
  }
}

extension ConfigValue {
  /// Clients take what stands twice in a list as if it stood once, as Java's do.
  fileprivate var withoutRepeats: Self {
    guard case .list(let elements) = self else { return self }
    var seen: Set<String> = []
    return .list(elements.filter { seen.insert($0).inserted })
  }
}

extension PropertyEntry {
  /// Levels of compression belong to the codec that was chosen: they come last.
  fileprivate var rank: Int { name.hasSuffix(".level") ? 1 : 0 }
}
