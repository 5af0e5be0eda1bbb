/// The releases of Kafka's metadata, by name and level; a level that is announced only says whose APIs there are.
struct MetadataVersion: Sendable {
  static let feature = "metadata.version"

  let name: String
  let level: Int16

  /// From the first of KRaft, in order and without a gap.
  static let all: [MetadataVersion] = zip(
    [
      "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2",
      "3.7-IV0", "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0",
      "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0", "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0",
      "4.4-IV0", "4.4-IV1", "4.4-IV2",
    ], Int16(7)...
  ).map { MetadataVersion(name: $0, level: $1) }

  /// What Acta announces.
  static let current = all[all.count - 1]

  /// By its name, or a release's: `4.0` is the last of 4.0.
  static func named(_ text: String) -> MetadataVersion? {
    all.last { $0.name == text || $0.name.hasPrefix(text + "-IV") }
  }

  static var names: String { all.map(\.name).joined(separator: ", ") }
}
