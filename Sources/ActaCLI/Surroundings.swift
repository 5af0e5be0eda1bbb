@preconcurrency import Glibc

/// What the process learns from outside before it starts: its environment, its host, its files.
package enum Surroundings {
  package struct FileError: Error, CustomStringConvertible {
    package let description: String

    fileprivate init(_ action: String, _ path: String, code: Int32) {
      description = "Cannot \(action) \(path): \(String(cString: strerror(code)))"
    }
  }

  /// All variables. Call it before other threads exist, because they could change them.
  package static func environment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let separator = text.firstIndex(of: "=") {
        variables[String(text[..<separator])] = String(text[text.index(after: separator)...])
      }
      next += 1
    }
    return variables
  }

  /// This host's name; `localhost` if it has none.
  package static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    // The last byte stays zero, whatever the system writes.
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    let name = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    return name.isEmpty ? "localhost" : name
  }

  /// How many characters a line of standard output has: what COLUMNS says, else the terminal, else
  /// 80.
  package static func columns() -> Int {
    if let text = environment()["COLUMNS"], let columns = Int(text), columns > 0 { return columns }
    var size = winsize()
    let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? Int(size.ws_col) : 80
  }

  /// The content of a text file.
  package static func text(ofFile path: String) throws(FileError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", path, code: errno) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count == 0 { return String(decoding: content, as: UTF8.self) }
      if count > 0 {
        content += buffer[..<count]
      } else if errno != EINTR {
        throw FileError("read", path, code: errno)
      }
    }
  }

  /// Creates the directories above a file that do not exist yet, for this user alone.
  package static func createDirectories(above path: String) throws(FileError) {
    var index = path.startIndex
    while let separator = path[index...].firstIndex(of: "/") {
      index = path.index(after: separator)
      let directory = String(path[..<separator])
      if directory.isEmpty || mkdir(directory, 0o700) == 0 { continue }
      // Above the last one, what matters is only whether the next can be created.
      if errno != EEXIST, !path[index...].contains("/") {
        throw FileError("create the directory", directory, code: errno)
      }
    }
  }
}
