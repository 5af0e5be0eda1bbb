/// The sticky assignors' way where all members have subscribed to the same topics: each gets so many or one more.
///
/// Members keep what they have up to that, in the order in which Java lists them, which decides about who has one
/// more where more have than can; what is left goes round, first to those that have too few.
struct QuotaSharing {
  private let table: SubscriptionTable
  private let claims: StickyClaims
  private let least: Int
  private let most: Int
  /// How many members are to have one more than the least.
  private let expectedOverLeast: Int
  private var overLeast = 0
  private var assignment: [[Int]]
  /// Members with fewer than the least.
  private var needy: [Int] = []
  /// Members with the least, some of whom can get one more.
  private var content: [Int] = []
  /// What a member had and could not keep, with the member.
  private var released: [Int: Int] = [:]
  /// What goes to another than the member that has it, with the other.
  private var passing: [Int: Int] = [:]

  init(_ table: SubscriptionTable, _ claims: StickyClaims) {
    self.table = table
    self.claims = claims
    let count = max(1, table.members.count)
    (least, expectedOverLeast) = table.partitionCount.quotientAndRemainder(dividingBy: count)
    most = expectedOverLeast == 0 ? least : least + 1
    assignment = [[Int]](repeating: [], count: table.members.count)
  }

  mutating func assign() -> (assignment: [[Int]], passing: [Int: Int]) {
    for member in table.listed { keep(member) }
    needy.sort { table.rank[$0] < table.rank[$1] }
    content.sort { table.rank[$0] < table.rank[$1] }
    distribute()
    return (assignment, passing)
  }

  private mutating func keep(_ member: Int) {
    let owned = claims.owned[member].filter { !claims.contested.contains($0) }
      .sorted { one, other in
        (table.number(of: one), table.topicOfPartition[one])
          < (table.number(of: other), table.topicOfPartition[other])
      }
    let mayHaveMore = overLeast < expectedOverLeast
    let kept: Int
    if owned.count < least {
      kept = owned.count
      needy.append(member)
    } else if owned.count >= most, mayHaveMore {
      kept = most
      overLeast += 1
      if overLeast == expectedOverLeast { content = [] }
    } else {
      kept = least
      if mayHaveMore { content.append(member) }
    }
    assignment[member] = Array(owned.prefix(kept))
    for partition in owned.dropFirst(kept) { released[partition] = member }
  }

  /// What nobody has kept goes round among the needy until they have the least, then to the content, each one more.
  private mutating func distribute() {
    var isKept = [Bool](repeating: false, count: table.partitionCount)
    for partition in assignment.joined() { isKept[partition] = true }
    var turn = 0
    for partition in 0..<table.partitionCount where !isKept[partition] {
      if turn == needy.count { turn = 0 }
      let isNeedy = !needy.isEmpty
      let member = isNeedy ? needy[turn] : content.removeFirst()
      give(partition, to: member)
      guard isNeedy else { continue }
      if assignment[member].count == least {
        needy.remove(at: turn)
        content.append(member)
      } else {
        turn += 1
      }
    }
  }

  private mutating func give(_ partition: Int, to member: Int) {
    assignment[member].append(partition)
    let isReleasedByAnother = released[partition].map { $0 != member } ?? false
    if isReleasedByAnother || claims.contested.contains(partition) { passing[partition] = member }
  }
}
