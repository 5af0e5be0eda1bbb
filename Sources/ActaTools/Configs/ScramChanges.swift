import ActaClient
import Arguments
import SASL

/// What `kafka-configs --alter` changes of a user's credentials; the password itself does not leave the tool.
struct ScramChanges: Sendable {
  private let user: String
  private let alterations: [ScramCredentialAlteration]

  private static let iterations: ClosedRange<Int32> = 4_096...16_384

  /// - Returns: `nil` if nothing is said of credentials.
  /// - Throws: `ToolError` in Kafka's words.
  init?(_ given: ConfigChanges, of entities: ConfigEntities) throws(ToolError) {
    let added = given.added.filter { Self.mechanism($0.key) != nil }
    let deleted = given.deleted.compactMap { Self.mechanism($0) }
    if entities.types != ["users"] || added.isEmpty && deleted.isEmpty { return nil }
    guard let user = entities.name, !user.isEmpty else {
      throw ToolError(
        "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials "
          + "using --bootstrap-server.")
    }
    if added.count < given.added.count || deleted.count < given.deleted.count {
      throw ToolError(
        "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using "
          + "--bootstrap-server.")
    }
    var alterations = deleted.map { ScramCredentialAlteration.delete($0) }
    for (name, text) in added.sorted(by: { $0.key < $1.key }) {
      alterations.append(.set(try Self.credential(name, text)))
    }
    self.user = user
    self.alterations = alterations
  }

  func run(_ admin: Admin) async throws {
    for result in try await admin.alterUserScramCredentials([user: alterations]).values {
      try result.get()
    }
  }

  private static func mechanism(_ name: String) -> ScramMechanism? {
    ScramMechanism.allCases.first { $0.name == name && $0 != .unknown }
  }

  /// - Parameter text: `iterations=8192,password=pw`, or without the first.
  private static func credential(
    _ name: String, _ text: String
  ) throws(ToolError) -> ScramCredential {
    guard let mechanism = mechanism(name), let (iterations, password) = parts(text) else {
      let javaName = String(name.map { $0 == "-" ? "_" : $0 })
      throw ToolError("Invalid credential property \(javaName)=\(text)")
    }
    guard iterations >= Self.iterations.lowerBound else {
      throw ToolError(
        "Iterations \(iterations) is less than the minimum \(Self.iterations.lowerBound) required for "
          + name)
    }
    guard iterations <= Self.iterations.upperBound else {
      throw ToolError("Too many iterations")
    }
    guard !password.isEmpty else { throw ToolError("Password must not be empty") }
    let hash: ScramHash = mechanism == .sha256 ? .sha256 : .sha512
    let salt = (0..<hash.byteCount).map { _ in UInt8.random(in: .min ... .max) }
    return ScramCredential(
      mechanism, iterations: iterations, salt: salt,
      saltedPassword: hash.saltedPassword(password, salt: salt, iterations: Int(iterations)))
  }

  /// The password is whatever stands behind its name, commas and all.
  private static func parts(_ text: String) -> (iterations: Int32, password: String)? {
    var rest = text[...]
    var iterations = Self.iterations.lowerBound
    if let written = rest.removingPrefix("iterations=") {
      guard let comma = written.firstIndex(of: ","), let number = Int32(written[..<comma]) else {
        return nil
      }
      iterations = number
      rest = written[written.index(after: comma)...]
    }
    return rest.removingPrefix("password=").map { (iterations, String($0)) }
  }
}

extension Substring {
  fileprivate func removingPrefix(_ prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
