import ActaCLI
@preconcurrency import Glibc

/// This program once more, with other words.
struct OwnProgram {
  private static let path = "/proc/self/exe"

  /// <spawn.h> has it only under _GNU_SOURCE, which Swift's importer does not set.
  private static let setsid: Int16 = 0x80  // POSIX_SPAWN_SETSID

  private let words: [String]

  /// - Parameter words: The program's name first.
  init(_ words: [String]) { self.words = words }

  /// In place of what this process is.
  ///
  /// - Returns: Why it is still what it was.
  func become() -> ToolError {
    var arguments = cArguments()
    execv(Self.path, &arguments)
    let failure = ToolError("Cannot become \(words[0]): \(String(cString: strerror(errno)))")
    for argument in arguments { free(argument) }
    return failure
  }

  /// As a process of its own that outlives this one and its terminal.
  ///
  /// - Parameters:
  ///   - directory: It is made if it is not there.
  ///   - name: The file there that takes what is written, in place of what it had.
  func start(writingTo directory: String, _ name: String) throws {
    let file = "\(directory)/\(name)"
    try Surroundings.createDirectories(above: file)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A session of its own: the terminal's end is not its end.
    posix_spawnattr_setflags(&attributes, Self.setsid)
    var arguments = cArguments()
    defer { for argument in arguments { free(argument) } }
    var process = pid_t()
    let code = posix_spawn(&process, Self.path, &actions, &attributes, &arguments, environ)
    guard code == 0 else {
      throw ToolError("Cannot start \(words[0]), \(file): \(String(cString: strerror(code)))")
    }
  }

  /// Ends with a null pointer; each is to be freed.
  private func cArguments() -> [UnsafeMutablePointer<CChar>?] { words.map { strdup($0) } + [nil] }
}
