import ActaCLI
import Arguments
import Glibc
import KafkaConfig

/// A process of this user's that runs `acta serve`, as Linux shows it.
struct ServerProcess: Sendable {
  private let id: pid_t
  private let words: [String]

  static func all() -> [ServerProcess] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var servers: [ServerProcess] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let id = pid_t(name), let server = ServerProcess(id) { servers.append(server) }
    }
    return servers.sorted { $0.id < $1.id }
  }

  /// - Returns: `nil` for any other process, and for one that has ended meanwhile.
  private init?(_ id: pid_t) {
    var status = stat()
    guard stat("/proc/\(id)", &status) == 0, status.st_uid == geteuid(),
      let words = Self.texts(id, "cmdline"), words.count >= 2, words[1] == "serve",
      words[0] == "acta" || words[0].hasSuffix("/acta")
    else { return nil }
    self.id = id
    self.words = words
  }

  /// What it has read from where it was started; `nil` if that is not there any more.
  var nodeID: Int32? {
    guard
      case .run(let invocation) = CommandPath(ServeArguments.command).parse(
        Array(words.dropFirst(2)))
    else { return nil }
    let arguments = ServeArguments(invocation)
    let text = arguments.config.map { path in
      try? TextFile.text(
        of: path.hasPrefix("/") ? path : "/proc/\(id)/cwd/\(path)", atMost: 1 << 20)
    }
    // A file that was named and cannot be read says nothing.
    if case .some(.none) = text { return nil }
    let settings = try? arguments.settings(
      environment: environment, fileText: text ?? nil, hostName: "localhost")
    return settings?.config.nodeID
  }

  func terminate() throws(ToolError) {
    // One that has ended by itself is what was wished for.
    guard kill(id, SIGTERM) == 0 || errno == ESRCH else {
      throw ToolError("Cannot stop process \(id): \(String(cString: strerror(errno)))")
    }
  }

  private var environment: [String: String] {
    let pairs = (Self.texts(id, "environ") ?? []).compactMap { KeyValue($0) }
    return Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// Of a file with a zero behind each text.
  private static func texts(_ id: pid_t, _ name: String) -> [String]? {
    guard let text = try? TextFile.text(of: "/proc/\(id)/\(name)", atMost: 4 << 20) else {
      return nil
    }
    return text.utf8.split(separator: 0, omittingEmptySubsequences: true)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
