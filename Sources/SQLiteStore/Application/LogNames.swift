import SQLite

/// Which tables, views, indexes and triggers are the log's own, of all that are in the database. SQL does not distinguish upper case
/// from lower, so names are taken as they are folded.
enum LogNames {
  private static let tables: Set<String> = [
    "audit_progress", "audited_positions", "batches", "change_marks", "client_quotas", "cluster",
    "committed_offsets", "committers", "compaction_keys", "compactions", "config_history",
    "config_overrides", "consumer_groups", "deleted_partitions", "group_events", "group_members",
    "held_offsets", "leader_epochs", "offset_commits", "producer_state", "schema_migrations",
    "stored_partitions", "topics", "transaction_ranges", "transactional_ids", "unread_losses",
  ]

  private static let views: Set<String> = [
    "config_changes", "consumer_lag", "group_history", "group_overview", "loss_history",
    "member_overview", "offset_history", "open_transactions", "partitions", "storage",
    "topic_sizes", "transactions", Views.messages, Views.raw, Views.uncommitted, Views.aborted,
  ]

  private static let indexes: Set<String> = [
    "client_quotas_once", "committed_offsets_by_partition", "committers_by_member",
    "compaction_tombstones", "config_history_by_entity", "group_events_by_group",
    "held_offsets_by_group", "held_offsets_by_partition", "offset_commits_by_position",
    "offset_commits_rewound", "transaction_ranges_aborted", "transaction_ranges_open",
  ]

  private static let triggers: Set<String> = [
    "config_overrides_insert_check", "config_overrides_update_check", "drop_held_offsets",
    "keep_partition_end",
  ]

  /// What notices changes by others (`ChangeMarks`), for each table that is watched.
  private static let marks = "mark_"
  private static let marked = ["_insert", "_update", "_delete"]
  private static let guards = "_guard"

  /// Tables are named after partitions, views after topics: any such name may be wanted some day.
  private static let topicViews = TopicViewName.plain("")
  private static let partitionTables = "records_"
  private static let chunks = Views.messages + "_"

  /// Whether a table of the name is the log's.
  static func isTable(_ name: String) -> Bool {
    let name = TopicViewName.folded(name)
    return tables.contains(name) || isNumbered(name, partitionTables)
  }

  /// Whether a view of the name is the log's, or may be.
  static func isView(_ name: String) -> Bool {
    let name = TopicViewName.folded(name)
    return views.contains(name) || name.hasPrefix(topicViews) || isNumbered(name, chunks)
  }

  static func isIndex(_ name: String) -> Bool { indexes.contains(TopicViewName.folded(name)) }

  static func isTrigger(_ name: String) -> Bool {
    let name = TopicViewName.folded(name)
    if triggers.contains(name) { return true }
    if name.hasPrefix(marks), marked.contains(where: { name.hasSuffix($0) }) { return true }
    return name.hasSuffix(guards)
      && isNumbered(String(name.dropLast(guards.count)), partitionTables)
  }

  /// Whether nobody else may make anything of the name.
  static func isReserved(_ name: String) -> Bool { isTable(name) || isView(name) }

  private static func isNumbered(_ name: String, _ prefix: String) -> Bool {
    let rest = name.utf8.dropFirst(prefix.utf8.count)
    return name.hasPrefix(prefix) && !rest.isEmpty
      && rest.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
