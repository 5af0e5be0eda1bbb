import ActaModel

/// What the coordinator asks of a group, whichever protocol its members speak. Both kinds have a
/// roster of members, and see every event with a `Turn`, into which they write what it leads to.
protocol CoordinatedGroup: Sendable {
  var name: String { get }
  var state: GroupState { get }
  /// Without members, and with nothing to wait for: a group of the other kind may take its place.
  var isEmpty: Bool { get }
  /// What the tables should hold of it now.
  var stored: StoredGroup { get }
  /// When `tick` is due; it may be early, never late.
  var nextDeadline: Instant? { get }

  mutating func join(_ request: JoinRequest, token: ReplyToken, _ turn: inout Turn)
  mutating func sync(_ request: SyncRequest, token: ReplyToken, _ turn: inout Turn)
  mutating func heartbeat(_ request: ClassicHeartbeat, _ turn: inout Turn) -> ErrorCode
  /// One error per member.
  mutating func leave(_ members: [LeavingMember], _ turn: inout Turn) -> [ErrorCode]
  mutating func tick(_ turn: inout Turn)
  /// Ends an event: what has changed since the last becomes changes of the tables.
  mutating func settle(_ turn: inout Turn)

  var offsetExpiry: OffsetExpiry { get }
  func isSubscribed(to topic: String) -> Bool
}
