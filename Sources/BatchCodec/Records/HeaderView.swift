/// One header of a record, lent like the record.
@usableFromInline
package struct HeaderView {
  /// UTF-8 in every batch that was accepted.
  @usableFromInline package let name: UnsafeRawBufferPointer
  /// `nil` is null; an empty value is not.
  @usableFromInline package let value: UnsafeRawBufferPointer?

  @usableFromInline
  init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
    self.name = name
    self.value = value
  }
}
