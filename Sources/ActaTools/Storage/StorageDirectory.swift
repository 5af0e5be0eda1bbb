import ActaCLI
import Arguments
import Glibc
import KafkaConfig
import SQLiteStore

/// Where a configuration has its log, and what is there.
struct StorageDirectory: Sendable {
  /// The first of `log.dirs`: all is in one file.
  let path: String
  let nodeID: Int32
  private let dataPath: String
  /// As they stand in the file.
  private let properties: [String: String]

  /// - Parameter file: A `server.properties`.
  /// - Throws: What `acta serve` would say of it.
  init(configuredBy file: String, _ console: Console) throws {
    let outcome = CommandPath(ServeArguments.command).parse(["--config=\(file)"])
    guard case .run(let invocation) = outcome else { throw ToolError("\(file) cannot be named.") }
    let text = try Surroundings.text(ofFile: file)
    let settings = try ServeArguments(invocation).settings(
      environment: console.environment, fileText: text, hostName: Surroundings.hostName())
    let dataPath = settings.dataPath
    self.dataPath = dataPath
    nodeID = settings.config.nodeID
    let end = dataPath.lastIndex(of: "/")
    path = end.map { String(dataPath[..<$0]) } ?? "."
    properties = Dictionary(
      try JavaProperties.parse(text).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }

  var hasVoters: Bool { !(properties["controller.quorum.voters"] ?? "").isEmpty }

  /// Whether it says that it is a controller; without a word it is everything, and nobody asks for voters.
  var isController: Bool {
    (properties["process.roles"] ?? "").split(separator: ",")
      .contains { String($0).trimmingBlanks == "controller" }
  }

  var exists: Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  var hasLog: Bool { access(dataPath, F_OK) == 0 }

  /// Makes the directory, the log with the cluster's id, and, when all that is on disk, `meta.properties`.
  func format(clusterID: String) throws {
    try Surroundings.createDirectories(above: dataPath)
    var options = SQLiteOptions()
    options.clusterID = clusterID
    try SQLiteStore.open(.file(dataPath), options: options).close()
    try MetaProperties(clusterID: clusterID, nodeID: nodeID).write(to: path)
  }
}
