package import ActaModel

/// CreatePartitions, versions 0–3. Raises the number of a topic's partitions.
///
/// - v2: flexible.
/// - v3: THROTTLING_QUOTA_EXCEEDED may be answered.
package struct CreatePartitionsRequest: RequestMessage {
  package typealias Response = CreatePartitionsResponse
  package static let api = APIKey.createPartitions

  package var topics: [Topic] = []
  package var timeoutMilliseconds: Int32 = 0
  package var validateOnly = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Topics", &topics)
    try c.field("TimeoutMs", &timeoutMilliseconds)
    try c.field("ValidateOnly", &validateOnly)
  }

  package struct Topic: WireStruct {
    package var name = ""
    /// The new total, not the increase.
    package var count: Int32 = 0
    /// One for each new partition; `nil` leaves them to the broker.
    package var assignments: [Assignment]?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Count", &count)
      try c.field("Assignments", &assignments, nullableSince: 0)
    }
  }

  package struct Assignment: WireStruct {
    package var brokerIDs: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("BrokerIds", &brokerIDs)
    }
  }
}

package struct CreatePartitionsResponse: ResponseMessage {
  package static let api = APIKey.createPartitions

  package var throttleTimeMilliseconds: Int32 = 0
  package var results: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Results", &results)
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
    }
  }
}
