import LogStorage

/// What stands in a column.
public enum SQLValue: Hashable, Sendable {
  /// NULL
  case null
  /// INTEGER
  case integer(Int64)
  /// REAL
  case real(Double)
  /// TEXT
  case text(String)
  /// BLOB
  case blob([UInt8])

  /// As a number; `nil` for what is none.
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// As a floating-point number; `nil` for what is none, an integer too.
  public var real: Double? { if case .real(let value) = self { value } else { nil } }
  /// As text; `nil` for what is none.
  public var text: String? { if case .text(let value) = self { value } else { nil } }
  /// As bytes; `nil` for what is no blob.
  public var blob: [UInt8]? { if case .blob(let value) = self { value } else { nil } }

  init(_ value: ColumnValue) {
    self =
      switch value {
      case .null: .null
      case .integer(let value): .integer(value)
      case .real(let value): .real(value)
      case .text(let value): .text(value)
      case .blob(let value): .blob(value)
      }
  }

  var stored: ColumnValue {
    switch self {
    case .null: .null
    case .integer(let value): .integer(value)
    case .real(let value): .real(value)
    case .text(let value): .text(value)
    case .blob(let value): .blob(value)
    }
  }
}

/// What can stand for a parameter of a statement.
public protocol SQLConvertible {
  /// What the parameter becomes.
  var sqlValue: SQLValue { get }
}

extension SQLValue: SQLConvertible {
  public var sqlValue: SQLValue { self }
}

extension Int: SQLConvertible {
  public var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension Int32: SQLConvertible {
  public var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension Int64: SQLConvertible {
  public var sqlValue: SQLValue { .integer(self) }
}

/// 0 or 1.
extension Bool: SQLConvertible {
  public var sqlValue: SQLValue { .integer(self ? 1 : 0) }
}

extension Double: SQLConvertible {
  public var sqlValue: SQLValue { .real(self) }
}

extension String: SQLConvertible {
  public var sqlValue: SQLValue { .text(self) }
}

/// A blob.
extension Array: SQLConvertible where Element == UInt8 {
  public var sqlValue: SQLValue { .blob(self) }
}

/// `nil` is NULL.
extension Optional: SQLConvertible where Wrapped: SQLConvertible {
  public var sqlValue: SQLValue { self?.sqlValue ?? .null }
}
