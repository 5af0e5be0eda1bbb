import CUV

/// One of libuv's handles: its memory, and the object that its callbacks are for. libuv keeps the
/// object alive from `init` until it has let go of the handle: one retain, given back in the close
/// callback, which also frees the memory.
///
/// The object keeps its handle in an optional and sets that to `nil` when it closes it, which is also
/// how it knows that it is closed. `Raw` is one of libuv's handle types.
struct UVHandle<Raw, Owner: LoopResident> {
  let raw: UnsafeMutablePointer<Raw>

  /// `start` is the type's `uv_…_init`.
  init(owner: Owner, _ start: (UnsafeMutablePointer<Raw>) -> Int32) {
    raw = .allocate(capacity: 1)
    uvCheck(start(raw))
    uv_handle_set_data(asHandle(raw), Unmanaged.passRetained(owner as LoopResident).toOpaque())
  }

  /// To be called once, on the loop's thread. Nothing may use the handle afterwards.
  func close() {
    uv_close(asHandle(raw)) { handle in
      guard let handle, let data = handle.pointee.data else {
        preconditionFailure("a handle without its owner")
      }
      Unmanaged<LoopResident>.fromOpaque(data).release()
      handle.deallocate()
    }
  }
}

/// What lives on a loop by a handle of its own.
package class LoopResident {
  init() {}

  /// The loop stops: close the handle. Called once at most, on the loop's thread.
  func loopStops() {}
}

/// The object of a handle, inside one of its callbacks.
@inline(__always)
func resident<T, Owner: LoopResident>(
  of handle: UnsafeMutablePointer<T>?, as type: Owner.Type
) -> Owner {
  guard let handle, let data = uv_handle_get_data(asHandle(handle)) else {
    preconditionFailure("a handle without its owner")
  }
  // The data of every handle is set by `UVHandle`, whose owner is of this type.
  return unsafeDowncast(Unmanaged<LoopResident>.fromOpaque(data).takeUnretainedValue(), to: type)
}

/// libuv's handle types begin alike and are cast to one another.
@inline(__always)
func asHandle<T>(_ pointer: UnsafeMutablePointer<T>) -> UnsafeMutablePointer<uv_handle_t> {
  UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: uv_handle_t.self)
}

/// For calls that fail only when they are used wrongly or the system has nothing left to run on.
func uvCheck(_ code: Int32, _ what: StaticString = #function) {
  precondition(code >= 0, "\(what): \(String(cString: uv_strerror(code)))")
}

/// What may be watched on a descriptor, as libuv numbers it.
enum PollEvents {
  static let readable = Int32(UV_READABLE.rawValue)
  static let writable = Int32(UV_WRITABLE.rawValue)
  /// The peer will send no more.
  static let disconnect = Int32(UV_DISCONNECT.rawValue)
  /// Out-of-band data, which no protocol here has. It is watched to be told of errors alone: with
  /// nothing to watch, libuv does not look at a descriptor at all.
  static let errorsOnly = Int32(UV_PRIORITIZED.rawValue)
}
