/// Values under numbers that stay theirs until they are removed; then the numbers are used again.
struct Slots<Element> {
  private var elements: [Element?] = []
  private var free: [Int] = []

  subscript(slot: Int) -> Element {
    _read { yield elements[slot]! }
    _modify { yield &elements[slot]! }
  }

  mutating func insert(_ element: Element) -> Int {
    guard let slot = free.popLast() else {
      elements.append(element)
      return elements.count - 1
    }
    elements[slot] = element
    return slot
  }

  mutating func remove(_ slot: Int) -> Element {
    guard let element = elements[slot].take() else { preconditionFailure("an empty slot") }
    free.append(slot)
    return element
  }
}

extension Slots: Sendable where Element: Sendable {}
