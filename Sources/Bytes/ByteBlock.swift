import Glibc

/// A run of memory on the heap, full of bytes that do not change any more.
///
/// `@unchecked Sendable`: whoever made it filled it before it was shared (`ByteFiller.finish`), and
/// nothing writes to it afterwards.
@usableFromInline
final class ByteBlock: @unchecked Sendable {
  @usableFromInline let base: UnsafeRawPointer

  /// Takes over memory that came from `malloc`.
  @usableFromInline
  init(owning base: UnsafeMutableRawPointer) {
    self.base = UnsafeRawPointer(base)
  }

  deinit { free(UnsafeMutableRawPointer(mutating: base)) }
}
