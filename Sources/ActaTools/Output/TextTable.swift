/// Rows with cells of one width a column: that of the widest, or more; or a fixed one, whatever its cells.
package struct TextTable: Sendable {
  package struct Column: Sendable {
    let title: String
    let minimumWidth: Int
    let isFixed: Bool

    package init(_ title: String, minimumWidth: Int = 0) {
      self.title = title
      self.minimumWidth = minimumWidth
      isFixed = false
    }

    /// - Parameter width: What is longer than that is not cut, and what is behind it moves.
    package init(_ title: String, width: Int) {
      self.title = title
      minimumWidth = width
      isFixed = true
    }
  }

  private let columns: [Column]
  private let separator: String
  /// Whether the separator stands behind the last cell, too.
  private let separatesLast: Bool
  private var rows: [[String]] = []

  package init(_ columns: [Column], separator: String = " ", separatesLast: Bool = false) {
    self.columns = columns
    self.separator = separator
    self.separatesLast = separatesLast
  }

  /// - Precondition: There is a cell for each column.
  package mutating func append(_ row: [String]) {
    precondition(row.count == columns.count, "\(columns.count) columns, \(row.count) cells")
    rows.append(row)
  }

  /// The titles and the rows, each a line without its end.
  package var lines: [String] {
    let all = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in
      let minimum = columns[column].minimumWidth
      return columns[column].isFixed ? minimum : all.reduce(minimum) { max($0, $1[column].count) }
    }
    return all.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: max(0, width - cell.count))
      }
      return cells.joined(separator: separator) + (separatesLast ? separator : "")
    }
  }
}
