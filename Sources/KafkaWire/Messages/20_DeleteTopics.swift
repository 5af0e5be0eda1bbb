package import ActaModel

/// DeleteTopics, versions 1–6.
///
/// - v1: the baseline.
/// - v3: TOPIC_DELETION_DISABLED may be answered.
/// - v4: flexible.
/// - v5: the response has messages; THROTTLING_QUOTA_EXCEEDED may be answered.
/// - v6: topics by name or by id.
package struct DeleteTopicsRequest: RequestMessage {
  package typealias Response = DeleteTopicsResponse
  package static let api = APIKey.deleteTopics

  /// By name or by id (v6).
  package var topics: [Topic] = []
  /// By name (up to v5).
  package var topicNames: [String] = []
  package var timeoutMilliseconds: Int32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Topics", &topics, since: 6)
    try c.field("TopicNames", &topicNames, until: 5)
    try c.field("TimeoutMs", &timeoutMilliseconds)
  }

  package struct Topic: WireStruct {
    package var name: String?
    package var topicID = TopicID.zero

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, nullableSince: 6)
      try c.field("TopicId", &topicID)
    }
  }
}

package struct DeleteTopicsResponse: ResponseMessage {
  package static let api = APIKey.deleteTopics

  package var throttleTimeMilliseconds: Int32 = 0
  package var responses: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Responses", &responses)
  }

  package struct Topic: WireStruct {
    package var name: String? = ""
    package var topicID = TopicID.zero
    package var errorCode = ErrorCode.none
    package var errorMessage: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name, nullableSince: 6)
      try c.field("TopicId", &topicID, since: 6)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, since: 5, nullableSince: 5)
    }
  }
}
