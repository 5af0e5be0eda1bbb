/// What can be told of another process on this machine.
enum OtherProcess {
  private static let longest = 100

  /// Its number and, as far as Linux tells, what was run: `1234 (python3 report.py)`.
  static func described(_ pid: Int32) -> String {
    let command = KernelTable.read("/proc/\(pid)/cmdline").map { commandLine($0) } ?? ""
    return command.isEmpty ? String(pid) : "\(pid) (\(command))"
  }

  /// Arguments end in zero bytes; what is not printable would spoil the line that it is written to.
  static func commandLine(_ text: String) -> String {
    let words = text.split(separator: "\0").joined(separator: " ")
    let printable = String(words.unicodeScalars.map { $0.value < 32 ? " " : Character($0) })
    return printable.count > longest ? printable.prefix(longest) + "…" : printable
  }
}
