import COpenSSL

/// Told by OpenSSL of each certificate of the peer's chain; writes down what is wrong with the first that does not
/// hold. The verdict stays OpenSSL's.
let noteObjection: @convention(c) (Int32, OpaquePointer?) -> Int32 = { verdict, store in
  if verdict == 1 { return 1 }
  let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
  guard let ssl, let data = SSL_get_ex_data(OpaquePointer(ssl), 0) else { return verdict }
  let state = data.assumingMemoryBound(to: SessionState.self)
  if state.pointee.objection == nil {
    state.pointee.objection = CertificateObjection.sentence(store, host: state.pointee.host)
  }
  return verdict
}

/// What is wrong with a certificate, as a sentence that goes on after the peer's address.
enum CertificateObjection {
  static func sentence(_ store: OpaquePointer?, host: String?) -> String {
    let code = X509_STORE_CTX_get_error(store)
    let certificate = X509_STORE_CTX_get_current_cert(store)
    let subject = name(certificate.flatMap { X509_get_subject_name($0) })
    switch code {
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
      let names = alternativeNames(of: certificate)
      let all = names.isEmpty ? "no name but its subject" : names.joined(separator: ", ")
      return "its certificate (\(subject)) is for \(all), and not for \(host ?? "?")"
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return
        "its certificate (\(subject)) has expired: \(time(certificate.flatMap { X509_get0_notAfter($0) }))"
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate (\(subject)) is not valid before"
        + " \(time(certificate.flatMap { X509_get0_notBefore($0) }))"
    default:
      let issuer = name(certificate.flatMap { X509_get_issuer_name($0) })
      let words =
        X509_verify_cert_error_string(Int(code)).map { String(cString: $0) } ?? "error \(code)"
      return "its certificate (\(subject), issued by \(issuer)) is not trusted: \(words)"
    }
  }

  private static func name(_ name: OpaquePointer?) -> String {
    guard let name else { return "without a subject" }
    return text { acta_print_name($0, name) }
  }

  private static func time(_ time: UnsafePointer<ASN1_TIME>?) -> String {
    text { ASN1_TIME_print($0, time) }
  }

  /// Names and addresses, as many as a sentence takes.
  private static func alternativeNames(of certificate: OpaquePointer?) -> [String] {
    guard let found = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else {
      return []
    }
    let names = OpaquePointer(found)
    defer { GENERAL_NAMES_free(names) }
    let count = min(maxNames, Int(acta_name_count(names)))
    return (0..<count).compactMap { index in
      let name = acta_name_at(names, Int32(index))
      let bytes = UnsafeBufferPointer(start: name.bytes, count: Int(name.count))
      switch name.type {
      case GEN_DNS: return String(decoding: bytes, as: UTF8.self)
      case GEN_IPADD: return address(bytes)
      default: return nil
      }
    }
  }

  private static let maxNames = 16

  private static func address(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    if bytes.count == 4 { return bytes.map { "\($0)" }.joined(separator: ".") }
    return stride(from: 0, to: bytes.count - 1, by: 2).map { index in
      String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
    }.joined(separator: ":")
  }

  /// What OpenSSL prints, up to what a sentence takes.
  private static func text(_ print: (OpaquePointer?) -> Int32) -> String {
    let bio = BIO_new(BIO_s_mem())
    defer { BIO_free(bio) }
    _ = print(bio)
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = BIO_read(bio, &buffer, Int32(buffer.count))
    return String(decoding: buffer.prefix(max(0, Int(count))), as: UTF8.self)
  }
}
