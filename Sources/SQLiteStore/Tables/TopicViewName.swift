/// What the view with a topic's messages is called.
///
/// `topic_<name>` shows the topic of that name or nothing: no other topic's view is ever called so. SQL
/// does not distinguish upper case from lower, so of topics whose names differ in that alone none has
/// it. Whoever cannot have it (the name may also be an application's, or one of ours: `topic_sizes`) gets
/// its row's number behind a `#`, which no topic's name contains.
enum TopicViewName {
  static func plain(_ topic: String) -> String { "topic_\(topic)" }

  static func numbered(_ topic: String, _ number: Int64) -> String { "topic_\(topic)#\(number)" }

  /// Equal for names that SQL takes for one.
  static func folded(_ name: String) -> String { name.lowercased() }
}
