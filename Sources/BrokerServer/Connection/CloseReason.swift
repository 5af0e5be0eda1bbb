/// Why a connection ends.
enum CloseReason: Equatable {
  case peerClosed
  case idle
  case shutdown
  /// The peer or the network misbehaved: worth a line in the log.
  case error(String)
}
