import FileTools
import Glibc

/// Shows what is longer than the terminal a page at a time: by what PAGER names, or less. Anywhere else it is written
/// as it is.
struct Pager {
  /// Without -X, less would leave nothing of it on the screen; with -F it ends by itself if all fits.
  private static let less = "less -SFRX"

  private let console: Console

  init(_ console: Console) { self.console = console }

  func show(_ spool: Spool) throws {
    let command = console.environment["PAGER"] ?? Self.less
    // What fits into a line a character on a small terminal needs no pager.
    guard console.output.isTerminal, !command.isEmpty, command != "cat",
      spool.count > Self.smallest,
      let pipe = popen(command, "w")
    else { return try spool.drain { console.output.write($0) } }
    console.output.flush()
    defer { pclose(pipe) }
    try spool.drain { bytes in
      // Who has left the pager has seen enough.
      _ = fwrite(bytes, 1, bytes.count, pipe)
    }
  }

  private static let smallest = 500
}
