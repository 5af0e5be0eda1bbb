import Glibc

/// Standard input as text.
enum InputText {
  private static let mostBytes = 64 << 20

  /// All of it, as it is.
  static func all(_ console: Console) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while let count = try read(console, &buffer) {
      bytes += buffer[..<count]
      guard bytes.count <= mostBytes else {
        throw ToolError("Standard input has more than \(mostBytes) bytes of SQL.")
      }
    }
    // SQLite would take the text to be over, and run what it has of a statement.
    guard !bytes.contains(0) else {
      throw ToolError("Standard input has a byte 0: it is no text, or one in UTF-16.")
    }
    return bytes
  }

  /// How many bytes there were; `nil` at the end.
  private static func read(_ console: Console, _ buffer: inout [UInt8]) throws -> Int? {
    while true {
      try waitForMore(console)
      let count = Glibc.read(console.input, &buffer, buffer.count)
      if count > 0 { return count }
      if count == 0 { return nil }
      guard errno == EINTR else {
        throw ToolError("Standard input cannot be read: \(String(cString: strerror(errno))).")
      }
    }
  }

  /// Until something can be read, or the input is at its end.
  ///
  /// - Throws: `CancellationError` when the tool is to end meanwhile.
  private static func waitForMore(_ console: Console) throws {
    var state = pollfd(fd: console.input, events: Int16(POLLIN), revents: 0)
    repeat {
      try console.goOn()
    } while poll(&state, 1, millisecondsBetweenLooks) == 0
  }

  private static let millisecondsBetweenLooks: Int32 = 50

  /// Line by line, as a terminal gives them.
  struct Lines {
    private let console: Console
    private var bytes: [UInt8] = []
    private var isAtEnd = false

    init(_ console: Console) { self.console = console }

    mutating func next() throws -> String? {
      while true {
        if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
          defer { bytes.removeFirst(end + 1) }
          return String(decoding: bytes[..<end], as: UTF8.self)
        }
        guard !isAtEnd else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        if let count = try InputText.read(console, &buffer) {
          bytes += buffer[..<count]
        } else {
          isAtEnd = true
          if !bytes.isEmpty { bytes.append(UInt8(ascii: "\n")) }
        }
      }
    }
  }
}
