import ActaModel
import Coordination

/// What members say that they have had, and who of those that say so of the same partition is believed: the one
/// whose generation is the latest; of one generation nobody.
struct StickyClaims {
  /// By member, in its own order. No partition is in two of them.
  private(set) var owned: [[Int]]
  /// What several had in one generation, which cannot be.
  private(set) var contested: Set<Int> = []
  let areAllSubscribedAlike: Bool
  /// Who had a partition in an earlier generation than the latest, the latest of those.
  private(set) var former: [Int: (member: Int, generation: Int32)] = [:]

  private static var noGeneration: Int32 { -1 }

  init(_ table: SubscriptionTable, isCooperative: Bool) {
    owned = [[Int]](repeating: [], count: table.members.count)
    let topics = table.members.map { Set($0.subscription.topics) }
    areAllSubscribedAlike = topics.allSatisfy { $0 == topics[0] }
    let claims = table.members.indices.map { member in
      isCooperative
        ? Self.cooperativeClaim(table, member)
        : Self.userDataClaim(table.members[member].subscription.userData, table)
    }
    resolve(claims, table)
    noteFormer(claims, table.listed)
  }

  // MARK: What a member says

  private typealias Claim = (partitions: [Int], generation: Int32?)

  /// The fields of the subscription; below v2 the generation is in the user data.
  private static func cooperativeClaim(_ table: SubscriptionTable, _ member: Int) -> Claim {
    let subscription = table.members[member].subscription
    let partitions = table.owned(by: member)
    if subscription.generation >= 0 { return (partitions, subscription.generation) }
    guard let userData = subscription.userData else { return (partitions, nil) }
    var reader = ConsumerProtocolReader(userData)
    return (partitions, reader.readInt32() ?? noGeneration)
  }

  private static func userDataClaim(_ userData: [UInt8]?, _ table: SubscriptionTable) -> Claim {
    guard let userData, !userData.isEmpty else { return ([], nil) }
    guard let said = StickyUserData(reading: userData) else { return ([], noGeneration) }
    return (said.partitions.compactMap { table.index(of: $0) }, said.generation)
  }

  // MARK: Who is believed

  private mutating func resolve(_ claims: [Claim], _ table: SubscriptionTable) {
    var owners: [Int: Int] = [:]
    for member in table.listed {
      let generation = claims[member].generation ?? Self.noGeneration
      for partition in claims[member].partitions {
        guard let other = owners[partition] else {
          owners[partition] = member
          owned[member].append(partition)
          continue
        }
        let otherGeneration = max(
          table.members[other].subscription.generation, Self.noGeneration)
        guard generation >= otherGeneration else { continue }
        owned[other].removeAll { $0 == partition }
        owners[partition] = member
        if generation == otherGeneration {
          contested.insert(partition)
        } else {
          owned[member].append(partition)
        }
      }
    }
  }

  private mutating func noteFormer(_ claims: [Claim], _ listed: [Int]) {
    let latest = claims.reduce(Self.noGeneration) { max($0, $1.generation ?? Self.noGeneration) }
    for member in listed {
      let generation = claims[member].generation ?? Self.noGeneration
      guard generation < latest else { continue }
      for partition in claims[member].partitions
      where former[partition].map({ $0.generation < generation }) ?? true {
        former[partition] = (member, generation)
      }
    }
  }
}
