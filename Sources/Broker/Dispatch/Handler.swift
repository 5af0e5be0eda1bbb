import ActaModel
import Coordination
import KafkaWire

/// What one API does: a decoded request in, one outcome out, on any thread, exactly once.
protocol Handler: Sendable {
  associatedtype Request: RequestMessage

  func handle(
    _ request: Request, _ context: RequestContext,
    respond: @escaping @Sendable (Outcome<Request.Response>) -> Void)
}

enum Outcome<Response: Sendable>: Sendable {
  case response(Response)
  /// No answer at all (Produce with acks=0).
  case silence
  case close(reason: String)
}

/// Where a request came from.
struct RequestContext: Sendable {
  let connection: ConnectionContext
  let version: Int16
  /// Empty when the client sent none.
  let clientID: String

  var client: ClientIdentity {
    ClientIdentity(clientID: clientID, clientHost: connection.clientAddress)
  }
}
