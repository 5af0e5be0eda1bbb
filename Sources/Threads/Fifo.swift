/// A queue in an array: removal from the front moves an index, and the array is closed up when half of
/// it is empty. Elements are counted from the front.
@usableFromInline
package struct Fifo<Element> {
  /// Those before `head` have been taken out and let go of.
  @usableFromInline var elements: [Element?] = []
  @usableFromInline var head = 0

  @inlinable package init() {}

  @inlinable package var count: Int { elements.count - head }
  @inlinable package var isEmpty: Bool { count == 0 }
  @inlinable package var first: Element? { isEmpty ? nil : elements[head] }

  @inlinable
  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0, "a queue begins at its front")
      guard let element = elements[head + index] else { preconditionFailure("an empty place") }
      return element
    }
    set {
      precondition(index >= 0, "a queue begins at its front")
      elements[head + index] = newValue
    }
  }

  @inlinable package mutating func append(_ element: Element) { elements.append(element) }

  @inlinable @discardableResult
  package mutating func removeFirst() -> Element {
    let element = self[0]
    elements[head] = nil
    head += 1
    if head == elements.count {
      // What a burst has taken is given back.
      elements.removeAll(keepingCapacity: elements.count <= 64)
      head = 0
    } else if head >= 32, head * 2 >= elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Drops elements, wherever they stand.
  package mutating func removeAll(where isMeant: (Element) -> Bool) {
    elements = elements[head...].filter { element in element.map { !isMeant($0) } ?? false }
    head = 0
  }

  @inlinable @discardableResult
  package mutating func removeLast() -> Element {
    let element = self[count - 1]
    elements.removeLast()
    return element
  }
}

extension Fifo: Sendable where Element: Sendable {}
