package import ActaModel

/// CreateTopics, versions 2–7.
///
/// - v2: the baseline.
/// - v4: -1 stands for the broker's default of partitions and of replication factor.
/// - v5: flexible; the response has partitions, replication factor and configs of what was created.
/// - v6: THROTTLING_QUOTA_EXCEEDED may be answered.
/// - v7: the response has the topic id.
package struct CreateTopicsRequest: RequestMessage {
  package typealias Response = CreateTopicsResponse
  package static let api = APIKey.createTopics

  package var topics: [Topic] = []
  package var timeoutMilliseconds: Int32 = 60_000
  package var validateOnly = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("Topics", &topics)
    try c.field("timeoutMs", &timeoutMilliseconds)
    try c.field("validateOnly", &validateOnly)
  }

  package struct Topic: WireStruct {
    package var name = ""
    /// -1 for the default (v4), or where assignments are given.
    package var numPartitions: Int32 = 0
    /// -1 for the default (v4), or where assignments are given.
    package var replicationFactor: Int16 = 0
    package var assignments: [Assignment] = []
    package var configs: [Config] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("NumPartitions", &numPartitions)
      try c.field("ReplicationFactor", &replicationFactor)
      try c.field("Assignments", &assignments)
      try c.field("Configs", &configs)
    }
  }

  package struct Assignment: WireStruct {
    package var partitionIndex: Int32 = 0
    package var brokerIDs: [Int32] = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("PartitionIndex", &partitionIndex)
      try c.field("BrokerIds", &brokerIDs)
    }
  }

  package struct Config: WireStruct {
    package var name = ""
    package var value: String?

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Value", &value, nullableSince: 0)
    }
  }
}

package struct CreateTopicsResponse: ResponseMessage {
  package static let api = APIKey.createTopics

  package var throttleTimeMilliseconds: Int32 = 0
  package var topics: [Topic] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
    try c.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    try c.field("Topics", &topics)
  }

  package struct Topic: WireStruct {
    package var name = ""
    package var topicID = TopicID.zero
    package var errorCode = ErrorCode.none
    package var errorMessage: String?
    package var topicConfigErrorCode = ErrorCode.none
    package var numPartitions: Int32 = -1
    package var replicationFactor: Int16 = -1
    package var configs: [Config]? = []

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("TopicId", &topicID, since: 7)
      try c.field("ErrorCode", &errorCode)
      try c.field("ErrorMessage", &errorMessage, nullableSince: 0)
      try c.field("NumPartitions", &numPartitions, since: 5)
      try c.field("ReplicationFactor", &replicationFactor, since: 5)
      try c.field("Configs", &configs, since: 5, nullableSince: 5)
      try c.tagged(0, "TopicConfigErrorCode", &topicConfigErrorCode, since: 5, default: .none)
    }
  }

  package struct Config: WireStruct {
    package var name = ""
    package var value: String?
    package var readOnly = false
    package var configSource: Int8 = -1
    package var isSensitive = false

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(WireError) {
      try c.field("Name", &name)
      try c.field("Value", &value, nullableSince: 5)
      try c.field("ReadOnly", &readOnly)
      try c.field("ConfigSource", &configSource)
      try c.field("IsSensitive", &isSensitive)
    }
  }
}
