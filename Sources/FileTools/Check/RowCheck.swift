import SQLite
import SQLiteStore

/// Rows that refer to each other without SQLite's knowledge: groups, positions, the audit trail, transactions.
struct RowCheck {
  private static let maxRows = 100

  private let check: LogCheck

  init(_ check: LogCheck) { self.check = check }

  func run() throws {
    try check.begin("groups and transactions")
    for question in Self.questions {
      try check.withinLimit(question.check, question.place) { try ask(question) }
    }
  }

  private func ask(_ question: Question) throws {
    let rows = try check.log.prepare(question.sql + "\nLIMIT \(Self.maxRows)")
    while try rows.step() {
      check.add(
        question.severity, question.check, rows.text(0), rows.text(1), advice: question.advice)
    }
  }

  /// What selects a place and a sentence for each row that is wrong.
  private struct Question {
    let severity: Finding.Severity
    let check: String
    let place: String
    let advice: String?
    let sql: String
  }

  private static let questions = [
    Question(
      severity: .error, check: "producers", place: "stored_partitions",
      advice: "what idempotent producers have sent again may be there twice; they can go on",
      sql: """
        SELECT t.name || '-' || p.number, 'producer_state is said to be true up to offset '
          || s.producers_through || ', and the log ends at ' || p.next_offset
        FROM stored_partitions AS s JOIN partitions AS p ON p.id = s.id
        JOIN topics AS t ON t.id = p.topic_id
        WHERE s.producers_through > p.next_offset
        """),
    Question(
      severity: .error, check: "committed offsets", place: "committed_offsets",
      advice: "delete the row; its group begins as auto.offset.reset says",
      sql: """
        SELECT g.name, 'has a position in partition ' || c.partition_id || ', which is not there'
        FROM committed_offsets AS c JOIN consumer_groups AS g ON g.id = c.group_id
        WHERE c.partition_id NOT IN (SELECT id FROM partitions)
        """),
    Question(
      severity: .warning, check: "committed offsets", place: "committed_offsets",
      advice: "reset the group's offsets: a consumer that begins there goes by auto.offset.reset",
      sql: """
        SELECT g.name, 'has committed ' || c.committed_offset || ' in ' || t.name || '-' || p.number
          || ', which ends at ' || p.next_offset
        FROM committed_offsets AS c JOIN consumer_groups AS g ON g.id = c.group_id
        JOIN partitions AS p ON p.id = c.partition_id JOIN topics AS t ON t.id = p.topic_id
        WHERE c.committed_offset > p.next_offset OR c.committed_offset < 0
        """),
    Question(
      severity: .error, check: "audit trail", place: "committed_offsets",
      advice: "commit the position once more",
      sql: """
        SELECT g.name, 'has a position that the audit trail does not know (position_id '
          || c.position_id || ')'
        FROM committed_offsets AS c JOIN consumer_groups AS g ON g.id = c.group_id
        WHERE c.position_id NOT IN (SELECT id FROM audited_positions)
        """),
    Question(
      severity: .error, check: "audit trail", place: "offset_commits",
      advice: "the rows show up in no history; nothing else needs them",
      sql: """
        SELECT 'offset_commits', 'row ' || c.id || ' names a committer or a position that is not there'
        FROM offset_commits AS c
        WHERE c.committer_id NOT IN (SELECT id FROM committers)
          OR c.position_id NOT IN (SELECT id FROM audited_positions)
        """),
    Question(
      severity: .warning, check: "transactions", place: "transaction_ranges",
      advice: "kafka-transactions abort ends it",
      sql: """
        SELECT t.name || '-' || p.number, 'the transaction of producer ' || x.producer_id
          || ' is open since offset ' || x.first_offset || ', and no transactional id will end it'
        FROM transaction_ranges AS x JOIN partitions AS p ON p.id = x.partition_id
        JOIN topics AS t ON t.id = p.topic_id
        WHERE x.last_offset IS NULL AND NOT EXISTS (
          SELECT 1 FROM transactional_ids AS i WHERE i.producer_id = x.producer_id
            AND i.state = 'Ongoing')
        """),
    Question(
      severity: .error, check: "transactions", place: "transactional_ids", advice: LogCheck.restore,
      sql: """
        SELECT i.transactional_id, 'its transaction has written to partition ' || j.value
          || ', which is not there'
        FROM transactional_ids AS i, json_each(i.partitions) AS j
        WHERE i.state = 'Ongoing' AND j.value NOT IN (
          SELECT id FROM partitions UNION ALL SELECT partition_id FROM deleted_partitions)
        """),
    Question(
      severity: .warning, check: "transactions", place: "held_offsets",
      advice: "delete the rows: nobody will commit them",
      sql: """
        SELECT g.name, 'holds positions for producer ' || h.producer_id || ', which has no transaction'
        FROM held_offsets AS h JOIN consumer_groups AS g ON g.id = h.group_id
        WHERE h.producer_id NOT IN (SELECT producer_id FROM transactional_ids)
        GROUP BY h.producer_id, h.group_id
        """),
    Question(
      severity: .error, check: "batches", place: "batches", advice: "delete the rows",
      sql: """
        WITH RECURSIVE present(id) AS (
          SELECT min(partition_id) FROM batches
          UNION ALL
          SELECT (SELECT min(b.partition_id) FROM batches AS b WHERE b.partition_id > present.id)
          FROM present WHERE present.id IS NOT NULL)
        SELECT 'batches', 'has rows of partition ' || id || ', which is not there'
        FROM present WHERE id IS NOT NULL AND id NOT IN (
          SELECT id FROM partitions UNION ALL SELECT partition_id FROM deleted_partitions)
        """),
  ]
}
