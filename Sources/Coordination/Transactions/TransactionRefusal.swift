package import ActaModel

/// Why a request about a transaction is refused. Old versions of an API know some of the codes under others'
/// names; that is the handlers' to translate.
package struct TransactionRefusal: Error, Equatable, Sendable {
  package let code: ErrorCode
  package init(_ code: ErrorCode) { self.code = code }
}
