package import ActaModel

// Tests write positions and ids out as numbers. Only tests: in the broker a number has to say what it
// counts.

extension Offset: ExpressibleByIntegerLiteral {
  package init(integerLiteral value: Int64) { self.init(value) }
}

extension LeaderEpoch: ExpressibleByIntegerLiteral {
  package init(integerLiteral value: Int32) { self.init(value) }
}

extension ProducerID: ExpressibleByIntegerLiteral {
  package init(integerLiteral value: Int64) { self.init(value) }
}
