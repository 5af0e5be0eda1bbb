/// Gives each partition, topic by topic, to the next member in turn that has subscribed to it.
enum RoundRobinSharing {
  static func assign(_ table: SubscriptionTable) -> [[Int]] {
    var assignment = [[Int]](repeating: [], count: table.members.count)
    let order = table.staticFirst
    var turn = 0
    for partition in 0..<table.partitionCount {
      let topic = table.topicOfPartition[partition]
      // A topic is only known because somebody has subscribed to it.
      while !table.subscribed[order[turn]].contains(topic) { turn = (turn + 1) % order.count }
      assignment[order[turn]].append(partition)
      turn = (turn + 1) % order.count
    }
    return assignment
  }
}
