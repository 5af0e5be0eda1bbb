import ClientCore

/// The one that clients mean; `ActaModel` has one of its own.
typealias TopicPartition = ClientCore.TopicPartition
