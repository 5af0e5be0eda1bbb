import SQLiteStore

/// Makes right what is derived, in one transaction, while no broker runs on the file.
package enum LogRepair {
  /// - Returns: What was repaired.
  /// - Throws: `OpeningError.inUse` while a broker runs; then nothing has changed.
  package static func run(_ findings: Findings, path: String) throws -> [Finding] {
    let repairable = findings.all.filter { $0.repair != nil }
    guard !repairable.isEmpty else { return [] }
    let editor = try LogEditor(path)
    try editor.edit { editor in
      var done: [Finding.Repair] = []
      for repair in repairable.compactMap(\.repair) where !done.contains(repair) {
        try apply(repair, editor)
        done.append(repair)
      }
    }
    return repairable
  }

  private static func apply(_ repair: Finding.Repair, _ editor: LogEditor) throws {
    switch repair {
    case .sums(let partition): try editor.sumUp(partition)
    case .schema(let difference): try editor.make(difference)
    case .views: try editor.restoreViews()
    case .reindex(let index): try editor.reindex(index)
    case .compactionIndex(let partition): try editor.forgetCompaction(of: partition)
    case .transactionsMark(let partition): try editor.noteTransactions(in: partition)
    }
  }
}
