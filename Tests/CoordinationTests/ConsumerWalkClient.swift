import ActaModel
import Coordination

/// A client of the walk, as a program would be one: it knows what it was told, and nothing else.
struct WalkClient {
  var memberID: String
  var instanceID: String?
  var topics: [String]
  var regex: String?
  var epoch: Int32 = 0
  /// What it consumes now.
  var owned: [TopicID: Set<Int32>] = [:]
  /// What it was told to have; it gets there when it has the time to.
  var wanted: [TopicID: Set<Int32>] = [:]
  /// It does not know whether its last request came through, and says everything again.
  var mustSayAll = true
  var mustSayOwned = false
  var mustSaySubscription = false
  /// Stopped without a word.
  var isDead = false
  var lastBeat: Instant

  init(memberID: String, instanceID: String?, topics: [String], at now: Instant) {
    self.memberID = memberID
    self.instanceID = instanceID
    self.topics = topics
    lastBeat = now
  }

  func request() -> ConsumerHeartbeat {
    var request = ConsumerHeartbeat(
      groupID: "g", memberID: memberID, memberEpoch: epoch, instanceID: instanceID, client: .test)
    let isFull = epoch == 0 || mustSayAll
    if isFull { request.rebalanceTimeoutMilliseconds = 60_000 }
    if isFull || mustSaySubscription {
      request.subscribedTopics = topics
      request.subscribedRegex = regex ?? ""
    }
    if isFull || mustSayOwned { request.owned = epoch == 0 ? [:] : owned }
    return request
  }

  /// What the client makes of an answer; `false` if it gives up.
  mutating func take(_ reply: ConsumerHeartbeatReply) -> Bool {
    switch reply.error {
    case .none:
      epoch = reply.memberEpoch
      (mustSayAll, mustSayOwned, mustSaySubscription) = (false, false, false)
      if let assignment = reply.assignment { wanted = assignment }
      return true
    case .unknownMemberID, .fencedMemberEpoch, .groupIDNotFound:
      drop()
      return true
    case .unreleasedInstanceID, .groupMaxSizeReached:
      return true
    default:
      return false
    }
  }

  mutating func drop() {
    owned = [:]
    wanted = [:]
    epoch = 0
    mustSayAll = true
  }

  /// Gives up what it is not to have and then takes up what it is to have, and says so next time.
  mutating func settle() {
    guard owned != wanted else { return }
    owned = wanted
    mustSayOwned = true
  }
}
