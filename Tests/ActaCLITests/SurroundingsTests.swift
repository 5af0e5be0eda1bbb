import ActaCLI
import Foundation
import Testing

@Suite("Surroundings") struct SurroundingsTests {
  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory.path)
  }

  @Test("the environment and the host's name are the system's")
  func process() throws {
    #expect(Surroundings.environment() == ProcessInfo.processInfo.environment)
    let name = try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
    #expect("\(Surroundings.hostName())\n" == name)
  }

  /// In a process of its own, whose standard output can be exchanged.
  @Test("a line is as wide as COLUMNS says, else as the terminal, else 80")
  func columns() async {
    await #expect(processExitsWith: .success) {
      var size = winsize(ws_row: 24, ws_col: 57, ws_xpixel: 0, ws_ypixel: 0)
      var (terminal, shell): (Int32, Int32) = (-1, -1)
      guard openpty(&terminal, &shell, nil, nil, &size) == 0 else { exit(2) }
      dup2(shell, STDOUT_FILENO)
      setenv("COLUMNS", "120", 1)
      guard Surroundings.columns() == 120 else { exit(3) }
      setenv("COLUMNS", "wide", 1)
      guard Surroundings.columns() == 57 else { exit(4) }
      unsetenv("COLUMNS")
      guard Surroundings.columns() == 57 else { exit(5) }
      dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO)
      exit(Surroundings.columns() == 80 ? EXIT_SUCCESS : 6)
    }
  }

  @Test("a file is read whole, whatever its size")
  func files() throws {
    try withDirectory { directory in
      let text = String(repeating: "ä=1\n", count: 50_000)
      try text.write(toFile: "\(directory)/a", atomically: false, encoding: .utf8)
      #expect(try Surroundings.text(ofFile: "\(directory)/a") == text)
      let error = #expect(throws: Surroundings.FileError.self) {
        try Surroundings.text(ofFile: "\(directory)/b")
      }
      #expect(error?.description == "Cannot read \(directory)/b: No such file or directory")
      #expect(throws: Surroundings.FileError.self) { try Surroundings.text(ofFile: directory) }
    }
  }

  @Test("directories above a file are created for this user alone, and may exist")
  func directories() throws {
    try withDirectory { directory in
      for _ in 1...2 { try Surroundings.createDirectories(above: "\(directory)/a/b//acta.db") }
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/a/b")
      #expect(attributes[.posixPermissions] as? Int == 0o700)
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/a/b/acta.db"))
      try Surroundings.createDirectories(above: "acta.db")
      try "".write(toFile: "\(directory)/file", atomically: false, encoding: .utf8)
      let error = #expect(throws: Surroundings.FileError.self) {
        try Surroundings.createDirectories(above: "\(directory)/file/c/acta.db")
      }
      #expect(
        error?.description
          == "Cannot create the directory \(directory)/file/c: Not a directory")
    }
  }
}
