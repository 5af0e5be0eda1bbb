/// What the server has done since it started, and what it has now.
package struct ServerMetrics: Equatable, Sendable {
  package var connections: Int
  package var acceptedConnections: Int
  package var refusedConnections: Int
  package var connectionsClosedByError: Int
  package var requests: Int
  package var bytesReceived: Int
  package var bytesSent: Int
  package var memoryBytes: Int
}
