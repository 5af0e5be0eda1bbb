extension ActaNode {
  /// Why a node does not run, or no longer. Each carries a sentence for whoever started it.
  public enum Failure: Error, Hashable, Sendable {
    /// A setting is unknown, or its value is refused.
    case configuration(String)
    /// The log could not be opened.
    case opening(String)
    /// An address could not be listened on.
    case listening(String)
    /// The log stopped by itself: an I/O error, or a file that is damaged. What was acknowledged is
    /// on disk; a new node on the same file reads it anew.
    case storage(String)
    /// It took too long to stop. It goes on stopping by itself.
    case stopTimedOut
  }

  /// How grave it is what a node says.
  public enum LogLevel: Int, Comparable, CaseIterable, Sendable {
    /// In order: for whoever works on the node; what it has done; what somebody should look at; what has failed.
    case debug, info, warning, error

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
  }
}

extension ActaNode.Failure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .configuration(let reason), .opening(let reason), .listening(let reason),
      .storage(let reason):
      reason
    case .stopTimedOut: "Not everything stopped in time"
    }
  }
}
