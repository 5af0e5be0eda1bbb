/// Gives each subscriber of a topic a contiguous share of it; those that come first have one more where it does
/// not come out even. Topics with the same number of partitions and the same subscribers are shared out alike,
/// which is what joins of such topics need.
enum RangeSharing {
  static func assign(_ table: SubscriptionTable) -> [[Int]] {
    var assignment = [[Int]](repeating: [], count: table.members.count)
    let order = table.staticFirst
    for topic in table.listedTopics {
      let subscribers = order.filter { table.subscribed[$0].contains(topic) }
      let partitions = table.partitions(of: topic)
      let (share, extra) = partitions.count.quotientAndRemainder(dividingBy: subscribers.count)
      var next = partitions.lowerBound
      for (place, member) in subscribers.enumerated() {
        let end = next + share + (place < extra ? 1 : 0)
        assignment[member] += next..<end
        next = end
      }
    }
    return assignment
  }
}
