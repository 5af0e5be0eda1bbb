import SQLite

/// How the rows of a query look.
package enum RowFormat: String, CaseIterable, Sendable {
  case text, json, csv, markdown
}

/// Writes the rows of one query into a spool.
struct RowWriter {
  /// Rows that the widths of a table's columns are taken from; those behind them may be wider.
  private static let measured = 1_000

  /// Markdown wants three dashes.
  private static let narrowest = 3

  private let format: RowFormat
  private let spool: Spool
  private let names: [[UInt8]]
  private var held: [[[UInt8]]] = []
  private var widths: [Int]
  private var hasBegun = false
  private(set) var rowCount = 0

  init(_ format: RowFormat, _ statement: borrowing Statement, _ spool: Spool) throws {
    self.format = format
    self.spool = spool
    names = (0..<statement.columnCount).map { Array(statement.columnName($0).utf8) }
    widths = names.map { max(Self.narrowest, Self.width($0)) }
    switch format {
    case .csv: try spool.append(Self.csv(names.map { .text($0) }))
    case .json: try spool.append([UInt8(ascii: "[")])
    case .text, .markdown: break
    }
  }

  mutating func append(_ row: borrowing Statement) throws {
    let values = (0..<row.columnCount).map { SQLValue(row, $0) }
    switch format {
    case .csv: try spool.append(Self.csv(values))
    case .json: try spool.append(json(values))
    case .text, .markdown: try hold(values)
    }
    rowCount += 1
  }

  mutating func finish() throws {
    switch format {
    case .csv: break
    case .json: try spool.append(Array("]\n".utf8))
    case .text, .markdown: try begin()
    }
  }

  // MARK: CSV and JSON

  private static func csv(_ values: [SQLValue]) -> [UInt8] {
    var line: [UInt8] = []
    for (index, value) in values.enumerated() {
      if index > 0 { line.append(UInt8(ascii: ",")) }
      value.appendCSV(to: &line)
    }
    return line + Array("\r\n".utf8)
  }

  private func json(_ values: [SQLValue]) -> [UInt8] {
    var text = Array((rowCount == 0 ? "{" : ",\n {").utf8)
    for (index, value) in values.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      SQLValue.text(names[index]).appendJSON(to: &text)
      text.append(UInt8(ascii: ":"))
      value.appendJSON(to: &text)
    }
    text.append(UInt8(ascii: "}"))
    return text
  }

  // MARK: Tables

  private mutating func hold(_ values: [SQLValue]) throws {
    let cells = values.map { value in
      format == .markdown ? Self.escaped(value.cell(null: "")) : value.cell()
    }
    guard !hasBegun else { return try spool.append(line(cells)) }
    for (column, cell) in cells.enumerated() {
      widths[column] = max(widths[column], Self.width(cell))
    }
    held.append(cells)
    if held.count >= Self.measured { try begin() }
  }

  private mutating func begin() throws {
    guard !hasBegun else { return }
    hasBegun = true
    if !names.isEmpty {
      try spool.append(line(names))
      try spool.append(rule())
    }
    for cells in held { try spool.append(line(cells)) }
    held = []
  }

  private static func escaped(_ cell: [UInt8]) -> [UInt8] {
    cell.flatMap { $0 == UInt8(ascii: "|") ? Array("\\|".utf8) : [$0] }
  }

  private static func width(_ cell: [UInt8]) -> Int {
    String(decoding: cell, as: UTF8.self).count
  }

  private func line(_ cells: [[UInt8]]) -> [UInt8] {
    var text: [UInt8] = format == .markdown ? Array("| ".utf8) : []
    for (index, cell) in cells.enumerated() {
      if index > 0 { text += (format == .markdown ? " | " : "  ").utf8 }
      text += cell
      let isLast = format == .text && index == cells.count - 1
      if !isLast {
        text += [UInt8](
          repeating: UInt8(ascii: " "), count: max(0, widths[index] - Self.width(cell)))
      }
    }
    return text + Array((format == .markdown ? " |\n" : "\n").utf8)
  }

  private func rule() -> [UInt8] {
    line(widths.map { [UInt8](repeating: UInt8(ascii: "-"), count: $0) })
  }
}
