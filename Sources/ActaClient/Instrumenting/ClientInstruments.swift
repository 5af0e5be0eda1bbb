/// What a program connects a client to, to see what it does. What is not set costs nothing.
public struct ClientInstruments: Sendable {
  public var meter: (any ClientMeter)?
  public var tracer: (any ClientTracer)?
  /// Called on whichever thread has something to say: it must not block.
  public var log: (@Sendable (ClientLogEvent) -> Void)?

  public init(
    meter: (any ClientMeter)? = nil, tracer: (any ClientTracer)? = nil,
    log: (@Sendable (ClientLogEvent) -> Void)? = nil
  ) {
    self.meter = meter
    self.tracer = tracer
    self.log = log
  }
}
