package import ActaModel
package import Coordination

// A consumer's place in its group: when it joins, which partitions are its own, and when it must let go of them.
// Both of Kafka's protocols are here in one shape: `ClassicMembership`, where the members' leader shares out the
// partitions, and `ConsumerMembership` (KIP-848), where the coordinator does.
//
// Whoever has one tells it what happens, each time with the moment, and does what it asks for in return
// (`MembershipEffect`), in that order. It knows no socket, no clock and no listener. Three things it asks for are
// waited for:
//
// - a call to the coordinator is answered by `answered`, once, whatever becomes of it;
// - `findCoordinator` by `coordinatorFound` or `coordinatorNotFound`; `learnTopics` and `learnIDs` by `learned`, with a
//   view newer than the question, in which a topic that is not there is refused;
// - a change of the partitions (`revoke`, `assign`, `lose`) by `changed`, when the program's listener has returned.
//   Until then there is no other change, and the member does not go on; but its heartbeats do.
//
// A partition is in `assigned` from when the member is told to `assign` it until the program is done with `revoke`.
// When the group has gone on without the member, `assigned` is empty at once; `lose` may come later, for a listener
// is told one thing after the other.

package protocol GroupMembership {
  /// As the coordinator knows the member; empty where it does not.
  var memberID: String { get }
  /// The generation or member epoch that commits name; -1 outside of the group.
  var generation: Int32 { get }
  var assigned: Set<TopicPartition> { get }
  /// Topics that `learned` is to be told of when something about them changes.
  var watchedTopics: Set<String> { get }
  /// When `tick` is due if nothing happens before; it may be early, never late.
  var nextDeadline: Instant? { get }

  /// The topics that the program wants; at first too, which begins everything.
  mutating func subscribe(to subscription: TopicSubscription, at now: Instant) -> [MembershipEffect]
  mutating func tick(at now: Instant) -> [MembershipEffect]

  mutating func coordinatorFound(_ node: Int32, at now: Instant) -> [MembershipEffect]
  mutating func coordinatorNotFound(_ failure: ClientFailure, at now: Instant) -> [MembershipEffect]
  /// Somebody else has found that the coordinator cannot be reached, or is none.
  mutating func coordinatorLost(at now: Instant) -> [MembershipEffect]
  mutating func answered(
    _ number: UInt64, _ answer: Result<MembershipAnswer, ClientFailure>, at now: Instant
  ) -> [MembershipEffect]
  mutating func learned(_ view: ClusterView, at now: Instant) -> [MembershipEffect]
  /// The program is done with the change of partitions that it was told of.
  mutating func changed(at now: Instant) -> [MembershipEffect]

  /// The program has come for records, and waits until there are some.
  mutating func pollBegan(at now: Instant) -> [MembershipEffect]
  /// It was given some, and has `max.poll.interval.ms` to come for more.
  mutating func pollEnded(at now: Instant) -> [MembershipEffect]
  /// A commit of this generation was refused.
  mutating func commitRefused(
    _ code: ErrorCode, generation: Int32, at now: Instant
  ) -> [MembershipEffect]
  /// Lets go of everything and leaves the group, which ends the membership.
  mutating func leave(at now: Instant) -> [MembershipEffect]
}

/// What a member is to get partitions of.
package struct TopicSubscription: Equatable, Sendable {
  package var topics: Set<String>
  /// In RE2 syntax, which the coordinator evaluates (KIP-848 only; with the classic protocol whoever subscribes
  /// looks for topics that match, and names them).
  package var pattern: String?

  package init(topics: Set<String>, pattern: String? = nil) {
    self.topics = topics
    self.pattern = pattern
  }
}
