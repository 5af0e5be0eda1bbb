import ActaModel

/// Groups of one type by name. Names are told apart byte by byte, as the tables do.
struct GroupTable<Group: Sendable>: Sendable {
  typealias Residents = [ExactText: GroupCoordinator.Resident<Group>]

  private var residents: Residents = [:]

  var count: Int { residents.count }

  var values: Residents.Values {
    get { residents.values }
    _modify { yield &residents.values }
  }

  subscript(name: String) -> GroupCoordinator.Resident<Group>? {
    get { residents[ExactText(name)] }
    _modify { yield &residents[ExactText(name)] }
  }

  func index(of name: String) -> Residents.Index? { residents.index(forKey: ExactText(name)) }
}
