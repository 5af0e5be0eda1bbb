/// One header of a record, lent like the record.
@usableFromInline
package struct HeaderView {
  /// UTF-8 from nearly every producer, but nothing that is checked: a name is bytes.
  @usableFromInline package let name: UnsafeRawBufferPointer
  /// `nil` is null; an empty value is not.
  @usableFromInline package let value: UnsafeRawBufferPointer?

  @usableFromInline
  init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
    self.name = name
    self.value = value
  }
}
