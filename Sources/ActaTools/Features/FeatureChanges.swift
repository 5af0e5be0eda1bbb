import ActaClient
import Arguments

/// What `kafka-features` is to change, and what it says of it.
struct FeatureChanges: Sendable {
  enum Kind: String, Sendable {
    case upgrade, downgrade, disable

    fileprivate var past: String { self == .disable ? "disabled" : rawValue + "d" }
  }

  private let kind: Kind
  /// By feature.
  private let levels: [String: Int16]
  private let isUnsafe: Bool
  private let isDryRun: Bool

  /// - Throws: `ToolError` in Kafka's words.
  init(_ kind: Kind, _ invocation: Invocation, _ console: Console) throws(ToolError) {
    self.kind = kind
    isUnsafe = kind != .upgrade && invocation[FeatureOptions.isUnsafe]
    isDryRun = invocation[FeatureOptions.isDryRun]
    var wanted: [FeatureLevel] = []
    if kind == .disable {
      wanted = invocation[FeatureOptions.disabled].map { FeatureLevel($0, 0) }
    } else {
      wanted = try Self.levels(invocation, console)
    }
    if wanted.isEmpty {
      throw ToolError("You must specify at least one feature to \(kind.rawValue)")
    }
    var levels: [String: Int16] = [:]
    for feature in wanted where levels.updateValue(feature.level, forKey: feature.name) != nil {
      throw ToolError("Feature \(feature.name) was specified more than once.")
    }
    self.levels = levels
  }

  private static func levels(
    _ invocation: Invocation, _ console: Console
  ) throws(ToolError) -> [FeatureLevel] {
    let metadata = invocation[FeatureOptions.metadata]
    let features = invocation[FeatureOptions.features]
    if let release = invocation[FeatureOptions.release] {
      guard metadata == nil, features.isEmpty else {
        throw ToolError("Can not specify `release-version` with other feature flags.")
      }
      return levels(of: try FeatureTables.version(release))
    }
    var levels: [FeatureLevel] = []
    if let metadata {
      console.output.write(
        " `metadata` flag is deprecated and may be removed in a future release.\n")
      levels.append(
        FeatureLevel(MetadataVersion.feature, try FeatureTables.version(metadata).level))
    }
    for text in features { levels.append(try FeatureLevel(text)) }
    return levels
  }

  /// Those that a release has.
  private static func levels(of release: MetadataVersion) -> [FeatureLevel] {
    let levels = FeatureTables.all.map { FeatureLevel($0.name, $0.level(with: release.level)) }
    return [FeatureLevel(MetadataVersion.feature, release.level)] + levels.filter { $0.level > 0 }
  }

  /// - Returns: What the process ends with.
  func run(_ admin: Admin, _ console: Console) async throws -> Int32 {
    let type: FeatureUpdate.UpgradeType =
      kind == .upgrade ? .upgrade : isUnsafe ? .unsafeDowngrade : .safeDowngrade
    let results: [String: Result<Void, KafkaError>]
    do {
      results = try await admin.updateFeatures(
        levels.mapValues { FeatureUpdate($0, type) }, validateOnly: isDryRun)
    } catch {
      results = levels.mapValues { _ in .failure(error) }
    }
    var failures = 0
    for (name, level) in levels.sorted(by: { $0.key < $1.key }) {
      let target = kind == .disable ? "" : " to \(level)"
      switch results[name] {
      case .failure(let error):
        failures += 1
        let could = isDryRun ? "Can not" : "Could not"
        console.output.write(
          "\(could) \(kind.rawValue) \(name)\(target). \(FailureText.of(error))\n")
      default:
        let was = isDryRun ? "can be" : "was"
        console.output.write("\(name) \(was) \(kind.past)\(target).\n")
      }
    }
    if failures == 0 { return 0 }
    throw ToolError("\(failures) out of \(levels.count) operation(s) failed.")
  }
}

extension FeatureLevel {
  fileprivate init(_ name: String, _ level: Int16) {
    self.name = name
    self.level = level
  }
}
