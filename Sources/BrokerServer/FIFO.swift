/// A queue: what is put in last comes out last. Elements have an index that counts from the front.
struct FIFO<Element> {
  /// Those before `first` have been taken out and let go of.
  private var elements: [Element?] = []
  private var first = 0

  var count: Int { elements.count - first }
  var isEmpty: Bool { count == 0 }

  subscript(_ index: Int) -> Element {
    get {
      precondition(index >= 0, "a queue begins at its front")
      guard let element = elements[first + index] else {
        preconditionFailure("an element was taken out twice")
      }
      return element
    }
    set {
      precondition(index >= 0, "a queue begins at its front")
      elements[first + index] = newValue
    }
  }

  mutating func append(_ element: Element) { elements.append(element) }

  @discardableResult
  mutating func removeFirst() -> Element {
    let element = self[0]
    elements[first] = nil
    first += 1
    if first == elements.count {
      // What a burst has taken is given back.
      elements.removeAll(keepingCapacity: elements.count <= 16)
      first = 0
    } else if first > 32, first * 2 > elements.count {
      elements.removeFirst(first)
      first = 0
    }
    return element
  }

  @discardableResult
  mutating func removeLast() -> Element {
    let element = self[count - 1]
    elements.removeLast()
    return element
  }
}
