import ActaModel

/// What the members of a group subscribe to, each distinct subscription once: the members of one
/// application all have the same, and share its memory.
struct Subscriptions: Sendable {
  private var counts: [Subscription: Int] = [:]
  /// What each pattern in use matches, as far as it has been looked up.
  private var matches: [String: [String]] = [:]

  /// Returns the subscription as it is kept here.
  mutating func add(_ subscription: Subscription) -> Subscription {
    guard let index = counts.index(forKey: subscription) else {
      counts[subscription] = 1
      return subscription
    }
    counts.values[index] += 1
    return counts[index].key
  }

  mutating func remove(_ subscription: Subscription) {
    guard let count = counts[subscription] else {
      preconditionFailure("a subscription is given up that no member had")
    }
    counts[subscription] = count > 1 ? count - 1 : nil
    guard count == 1, let regex = subscription.regex else { return }
    if !counts.keys.contains(where: { $0.regex == regex }) { matches[regex] = nil }
  }

  /// Matches all patterns against the topics that there are; a pattern that is not valid, which can
  /// only come from the tables, matches nothing.
  mutating func resolve(_ topics: any TopicLookup) {
    for regex in Set(counts.keys.compactMap(\.regex)) {
      matches[regex] = topics.names(matching: regex) ?? []
    }
  }

  func knows(regex: String) -> Bool { matches[regex] != nil }

  var distinct: [Subscription] { Array(counts.keys) }

  func names(of subscription: Subscription) -> [String] {
    guard let regex = subscription.regex, let matched = matches[regex] else {
      return subscription.names
    }
    return subscription.names + matched
  }

  var topicNames: Set<String> {
    counts.keys.reduce(into: []) { $0.formUnion(names(of: $1)) }
  }

  /// The topics among them that are there.
  func shapes(_ topics: any TopicLookup) -> [TopicShape] {
    topicNames.compactMap { topics.topic(named: $0) }
  }

  func contains(_ topic: String) -> Bool {
    counts.keys.contains { names(of: $0).contains(topic) }
  }
}
