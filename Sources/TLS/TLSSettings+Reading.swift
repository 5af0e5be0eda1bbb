import COpenSSL

extension TLSSettings.Source {
  /// What a file may have: a system's whole bundle is a quarter of a megabyte.
  private static let maxBytes = 16 << 20

  /// For sentences.
  var name: String {
    switch self {
    case .text: "The PEM in the configuration"
    case .file(let path): path
    }
  }

  func pem() throws(TLSSettingsError) -> [UInt8] {
    switch self {
    case .text(let text): PEMText.withLines(text)
    case .file: try bytes()
    }
  }

  func bytes() throws(TLSSettingsError) -> [UInt8] {
    switch self {
    case .text(let text): return Array(text.utf8)
    case .file(let path):
      guard let file = BIO_new_file(path, "r") else {
        throw TLSSettingsError("\(path) cannot be read: \(OpenSSLErrors.take()).")
      }
      defer { BIO_free(file) }
      return try Self.read(file, path)
    }
  }

  private static func read(_ file: OpaquePointer, _ path: String) throws(TLSSettingsError)
    -> [UInt8]
  {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = BIO_read(file, &buffer, Int32(buffer.count))
      guard count > 0 else { break }
      bytes += buffer.prefix(Int(count))
      guard bytes.count <= maxBytes else {
        throw TLSSettingsError("\(path) is larger than \(maxBytes) bytes.")
      }
    }
    guard ERR_peek_error() == 0 else {
      throw TLSSettingsError("\(path) cannot be read: \(OpenSSLErrors.take()).")
    }
    return bytes
  }
}
