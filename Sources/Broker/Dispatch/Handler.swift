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
  /// Made when there is room for it.
  case large(LargeAnswer<Response>)
  /// No answer at all (Produce with acks=0).
  case silence
  case close(reason: String)
}

/// Where a request came from, who sent it, and in which version.
struct RequestContext: Sendable {
  let connection: ConnectionContext
  let session: Session
  let version: Int16
}
