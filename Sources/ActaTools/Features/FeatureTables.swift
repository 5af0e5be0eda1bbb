/// Kafka's features: which level each has with which metadata, and what a level needs.
enum FeatureTables {
  struct Feature: Sendable {
    let name: String
    /// The metadata's level with which each of its own levels comes, from level 1 on.
    let introductions: [Int16]
    /// Metadata that a level needs.
    var needs: [Int16: Int16] = [:]

    var levels: ClosedRange<Int16> { 0...Int16(introductions.count) }

    /// With so much metadata.
    func level(with metadata: Int16) -> Int16 {
      Int16(introductions.count { $0 <= metadata })
    }
  }

  static let all = [
    Feature(name: "kraft.version", introductions: [21]),
    // Both generations came with one release.
    Feature(name: "transaction.version", introductions: [24, 24]),
    Feature(name: "group.version", introductions: [22]),
    Feature(name: "eligible.leader.replicas.version", introductions: [26], needs: [1: 23]),
    Feature(name: "share.version", introductions: [28, 31]),
    Feature(name: "streams.version", introductions: [29]),
  ]

  static func named(_ name: String) -> Feature? { all.first { $0.name == name } }

  static func version(_ text: String) throws(ToolError) -> MetadataVersion {
    if let version = MetadataVersion.named(text) { return version }
    throw ToolError(
      "Unknown metadata.version '\(text)'. Supported metadata.version are: \(MetadataVersion.names)"
    )
  }

  /// - Parameter release: `nil` is the newest.
  static func writeMapping(_ release: String?, _ console: Console) throws(ToolError) {
    let version =
      try release.map { text throws(ToolError) in try self.version(text) }
      ?? .current
    console.output.write(
      "metadata.version=\(version.level) (\(release ?? version.name))\n"
        + all.map { "\($0.name)=\($0.level(with: version.level))\n" }.joined())
  }

  static func writeDependencies(_ texts: [String], _ console: Console) throws(ToolError) {
    for text in texts { console.output.write(try dependencies(of: FeatureLevel(text))) }
  }

  private static func dependencies(of wanted: FeatureLevel) throws(ToolError) -> String {
    if wanted.name == MetadataVersion.feature {
      guard let version = MetadataVersion.all.first(where: { $0.level == wanted.level }) else {
        throw ToolError("Unknown metadata.version \(wanted.level)")
      }
      return "metadata.version=\(version.level) (\(version.name)) has no dependencies.\n"
    }
    guard let feature = named(wanted.name) else {
      throw ToolError("Unknown feature: \(wanted.name)")
    }
    guard feature.levels.contains(wanted.level) else {
      throw ToolError("No feature:\(wanted.name) with feature level \(wanted.level)")
    }
    guard let need = feature.needs[wanted.level],
      let version = MetadataVersion.all.first(where: { $0.level == need })
    else { return "\(wanted.name)=\(wanted.level) has no dependencies.\n" }
    return "\(wanted.name)=\(wanted.level) requires:\n"
      + "    metadata.version=\(version.level) (\(version.name))\n"
  }
}

/// `feature=level`.
struct FeatureLevel: Sendable {
  let name: String
  let level: Int16

  init(_ text: String) throws(ToolError) {
    guard let separator = text.firstIndex(of: "=") else {
      throw ToolError("Can't parse feature=level string \(text): equals sign not found.")
    }
    let number = String(text[text.index(after: separator)...])
    guard let level = Int16(number.trimmingBlanks) else {
      throw ToolError(
        "Can't parse feature=level string \(text): unable to parse \(number) as a short.")
    }
    name = String(text[..<separator]).trimmingBlanks
    self.level = level
  }
}
