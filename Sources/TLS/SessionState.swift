import Bytes
import COpenSSL

/// What a session shares with OpenSSL's callbacks, at an address that stays: ciphertext that has come, ciphertext
/// to send, and what was found wrong with the peer's certificate.
struct SessionState: ~Copyable {
  /// Lent by the owner for the length of a call.
  var input = UnsafeRawBufferPointer(start: nil, count: 0)
  var output = ByteFiller()
  var objection: String?
  /// Whom the peer has to be, for sentences.
  let host: String?

  init(host: String?) { self.host = host }
}

/// A way for OpenSSL to read and write without a socket. It reads what was lent in place, and what it writes is
/// copied once: OpenSSL's own memory BIO takes a fifth more for reading and copies twice in writing.
enum MemoryBIO {
  /// OpenSSL keeps the address; made once for the process.
  ///
  /// `nonisolated(unsafe)`: it is filled before anybody gets it, and only read afterwards.
  private nonisolated(unsafe) static let method: OpaquePointer? = {
    let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "acta memory")
    BIO_meth_set_read(method, read)
    BIO_meth_set_write(method, write)
    BIO_meth_set_ctrl(method, control)
    return method
  }()

  static func make(_ state: UnsafeMutablePointer<SessionState>) -> OpaquePointer? {
    let bio = BIO_new(method)
    BIO_set_data(bio, state)
    BIO_set_init(bio, 1)
    return bio
  }

  private static let read:
    @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, Int32) -> Int32 = {
      bio, target, size in
      acta_bio_clear(bio)
      guard let state = state(of: bio), let target else { return -1 }
      let count = min(Int(size), state.pointee.input.count)
      guard count > 0, let source = state.pointee.input.baseAddress else {
        acta_bio_want_more(bio)
        return -1
      }
      UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count)
      state.pointee.input = UnsafeRawBufferPointer(rebasing: state.pointee.input[count...])
      return Int32(count)
    }

  private static let write: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32 =
    {
      bio, source, size in
      acta_bio_clear(bio)
      guard let state = state(of: bio), let source, size > 0 else { return -1 }
      let needed = state.pointee.output.count + Int(size)
      if needed > state.pointee.output.capacity { state.pointee.output.grow(to: needed * 2) }
      state.pointee.output.append(UnsafeRawBufferPointer(start: source, count: Int(size)))
      return size
    }

  private static let control:
    @convention(c) (OpaquePointer?, Int32, Int, UnsafeMutableRawPointer?) -> Int = {
      _, command, _, _ in
      // Nothing is held back that would have to be flushed; all else is not asked of this BIO.
      command == BIO_CTRL_FLUSH ? 1 : 0
    }

  private static func state(of bio: OpaquePointer?) -> UnsafeMutablePointer<SessionState>? {
    BIO_get_data(bio)?.assumingMemoryBound(to: SessionState.self)
  }
}
