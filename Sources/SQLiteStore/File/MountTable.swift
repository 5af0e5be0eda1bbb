/// What is mounted where.
enum MountTable {
  /// The kind of filesystem that `path` (absolute, without links) is on; `nil` if it is not known.
  static func filesystem(of path: String) -> String? {
    KernelTable.read("/proc/self/mountinfo").flatMap { filesystem(of: path, in: $0) }
  }

  /// `table` is in the form of `/proc/<pid>/mountinfo`: the fifth field is the mount point, and the
  /// kind follows a lone `-`. Of two mounts at one place the later one counts.
  static func filesystem(of path: String, in table: String) -> String? {
    var longest = -1
    var kind: String?
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 5, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
      else { continue }
      let point = unescape(fields[4])
      guard isInside(path, point), point.utf8.count >= longest else { continue }
      longest = point.utf8.count
      kind = String(fields[dash + 1])
    }
    return kind
  }

  private static func isInside(_ path: String, _ point: String) -> Bool {
    point == "/" || path == point || path.hasPrefix(point + "/")
  }

  /// Blanks and backslashes stand as three octal digits.
  private static func unescape(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(rest.prefix(3)) ?? "", radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
