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
