import COpenSSL
import Glibc

/// The errors that OpenSSL keeps for a thread.
enum OpenSSLErrors {
  /// Marks the system's own errors.
  private static let systemFlag: UInt = 1 << 31

  static func clear() { ERR_clear_error() }

  /// The first of them, in OpenSSL's words; the others are forgotten.
  static func take() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return "no reason is known" }
    if code & systemFlag != 0 {
      return strerror(Int32(truncatingIfNeeded: code & ~systemFlag)).map { String(cString: $0) }
        ?? "?"
    }
    return ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
  }
}
