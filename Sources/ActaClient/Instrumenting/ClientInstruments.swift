/// What a program connects a client to, to see what it does. What is not set costs nothing.
public struct ClientInstruments: Sendable {
  /// Takes the client's numbers; none is counted without one.
  public var meter: (any ClientMeter)?
  /// Takes a span for each record that is sent, and each that is received.
  public var tracer: (any ClientTracer)?
  /// Called on whichever thread has something to say: it must not block.
  public var log: (@Sendable (ClientLogEvent) -> Void)?

  /// Nothing, or some of them.
  public init(
    meter: (any ClientMeter)? = nil, tracer: (any ClientTracer)? = nil,
    log: (@Sendable (ClientLogEvent) -> Void)? = nil
  ) {
    self.meter = meter
    self.tracer = tracer
    self.log = log
  }
}
