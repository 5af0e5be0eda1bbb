/// Slots in the order in which they were last used. A slot is in one list at most; every change takes the same
/// time, however long the list.
struct UseOrder: Sendable {
  struct List: Sendable {
    fileprivate(set) var oldest: Int?
    fileprivate(set) var newest: Int?
  }

  private struct Link {
    var older: Int?
    var newer: Int?
  }

  private var links: [Link] = []

  mutating func insert(_ slot: Int, into list: inout List) {
    while links.count <= slot { links.append(Link()) }
    links[slot] = Link(older: list.newest)
    if let newest = list.newest { links[newest].newer = slot } else { list.oldest = slot }
    list.newest = slot
  }

  mutating func remove(_ slot: Int, from list: inout List) {
    let link = links[slot]
    if let older = link.older { links[older].newer = link.newer } else { list.oldest = link.newer }
    if let newer = link.newer { links[newer].older = link.older } else { list.newest = link.older }
    links[slot] = Link()
  }

  mutating func use(_ slot: Int, in list: inout List) {
    if list.newest == slot { return }
    remove(slot, from: &list)
    insert(slot, into: &list)
  }
}
