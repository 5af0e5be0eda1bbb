/// Where one connection stops reading its socket.
package struct ConnectionLimits: Sendable {
  /// Requests read and not yet answered.
  package var requests = 64
  /// Bytes of their frames. A single frame may exceed it.
  package var frameBytes = 16 << 20
  /// Bytes of responses that wait for their turn or for the socket.
  package var unsentBytes = 4 << 20
  /// Bytes of responses beside which no request begins that runs alone: a client that does not read
  /// costs these and one answer, however many it asks for. The system has several megabytes of its own
  /// under way to who reads.
  package var unsentBytesBeforeNext = 256 << 10

  /// What a frame holds beside its bytes, at most: the smallest would else cost a hundred times what
  /// they count.
  package var frameOverheadBytes = 160

  package init() {}
}
