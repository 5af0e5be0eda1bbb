package import ActaModel

/// What an assignor is given: topics, members, and who subscribes to what.
///
/// Members of one group mostly subscribe to the same topics, so subscriptions are kept once, as
/// lists of indices into `topics`, and members point at them.
package struct AssignmentProblem: Sendable {
  /// Those that a member subscribes to, sorted by name.
  package let topics: [TopicShape]
  /// Distinct lists of topics, each as ascending indices into `topics`.
  package let subscriptions: [[Int]]
  /// Sorted by member id.
  package let members: [Member]

  package struct Member: Sendable {
    package let id: String
    package let instanceID: String?
    /// An index into `subscriptions`.
    package let subscription: Int
    /// What it is to have now.
    package let target: [TopicID: Set<Int32>]
  }

  /// A member with the topics it subscribes to; a topic that is named twice counts once.
  package struct Applicant {
    package let id: String
    package let instanceID: String?
    package let target: [TopicID: Set<Int32>]
    /// An index into the subscriptions handed over with the applicants.
    package let subscription: Int

    package init(
      id: String, instanceID: String? = nil, target: [TopicID: Set<Int32>] = [:], subscription: Int
    ) {
      self.id = id
      self.instanceID = instanceID
      self.target = target
      self.subscription = subscription
    }
  }

  /// Subscriptions that come to the same topics, as a name and a pattern may, become one.
  package init(applicants: [Applicant], subscriptions: [[TopicShape]]) {
    let used = Set(applicants.map(\.subscription))
    var shapes: [TopicID: TopicShape] = [:]
    for index in used {
      for topic in subscriptions[index] { shapes[topic.id] = topic }
    }
    topics = shapes.values.sorted { $0.name < $1.name }
    let positions = Dictionary(
      uniqueKeysWithValues: topics.enumerated().map { ($0.element.id, $0.offset) })
    var distinct: [[Int]: Int] = [:]
    var renumbered: [Int: Int] = [:]
    var members: [Member] = []
    members.reserveCapacity(applicants.count)
    for applicant in applicants.sorted(by: { $0.id < $1.id }) {
      let index: Int
      if let known = renumbered[applicant.subscription] {
        index = known
      } else {
        let list = Set(subscriptions[applicant.subscription].map { positions[$0.id]! }).sorted()
        index = distinct[list] ?? distinct.count
        distinct[list] = index
        renumbered[applicant.subscription] = index
      }
      members.append(
        Member(
          id: applicant.id, instanceID: applicant.instanceID, subscription: index,
          target: applicant.target))
    }
    self.members = members
    self.subscriptions = distinct.sorted { $0.value < $1.value }.map(\.key)
  }
}
