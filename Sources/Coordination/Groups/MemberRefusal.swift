package import ActaModel

/// Why a request is refused: its sender is no member, or not as it says it is.
package struct MemberRefusal: Error, Equatable, Sendable {
  package let code: ErrorCode
  package init(_ code: ErrorCode) { self.code = code }
}
