-- Transactions: whose they are, what each partition remembers of them, and positions that wait for their end.
--
-- The log, its positions and the coordinator of transactions are one database, so a transaction ends in one
-- transaction of SQLite's: the markers in its partitions, its positions and its row here. There is no state in
-- which the outcome is decided and not everywhere yet.
--
-- A record of a transaction that is open, or that was aborted, is a row of its partition's table like any
-- other. What tells it apart is `transaction_ranges`: the batch that it came in names a producer, and a
-- producer's ranges in a partition do not overlap. Of committed transactions nothing is kept, and where nobody
-- uses transactions the table is empty. The views over messages leave open and aborted records out, and look
-- at this only for topics that ever had a range (`topics.has_transactions`).
--
-- Times are milliseconds since 1970-01-01 UTC.

-- What producers call themselves (`transactional.id`).
CREATE TABLE transactional_ids(
  transactional_id TEXT PRIMARY KEY,
  producer_id INTEGER NOT NULL,
  producer_epoch INTEGER NOT NULL,        -- who writes with another is refused
  previous_producer_id INTEGER,           -- from before the epochs of that one ran out
  last_epoch INTEGER,                     -- the epoch before, if its producer's own call raised it
  timeout_ms INTEGER NOT NULL,            -- after which an open transaction is aborted
  state TEXT NOT NULL,                    -- Empty, Ongoing, CompleteCommit, CompleteAbort
  partitions TEXT NOT NULL,               -- JSON, [1,2,…]: ids of those an ongoing transaction has written to
  groups TEXT NOT NULL,                   -- JSON, ["group",…]: of which it commits positions
  started_at INTEGER,                     -- epoch milliseconds; NULL: not ongoing
  updated_at INTEGER NOT NULL             -- epoch milliseconds
) STRICT, WITHOUT ROWID;

CREATE TABLE transaction_ranges(
  partition_id INTEGER NOT NULL,
  producer_id INTEGER NOT NULL,
  first_offset INTEGER NOT NULL,          -- of the transaction's first batch in the partition
  last_offset INTEGER,                    -- of its abort marker; NULL: open
  last_stable_offset INTEGER,             -- once it was aborted: what was aborted later begins no lower
  PRIMARY KEY (partition_id, producer_id, first_offset)
) STRICT, WITHOUT ROWID;

-- What readers are told of.
CREATE INDEX transaction_ranges_aborted
  ON transaction_ranges(partition_id, last_offset, last_stable_offset)
  WHERE last_offset IS NOT NULL;

-- What holds readers up.
CREATE INDEX transaction_ranges_open ON transaction_ranges(partition_id, first_offset)
  WHERE last_offset IS NULL;

-- Positions that become a group's when their producer's transaction is committed, with what the audit trail
-- is to say of whoever asked. Of two positions the one that was asked for later stands, whichever transaction
-- ends first: what a group commits takes away what is held below it, and so does a transaction what was held
-- before its own (`held_order`). No clock decides, because clocks are set back.
CREATE TABLE held_offsets(
  producer_id INTEGER NOT NULL,
  group_id INTEGER NOT NULL REFERENCES consumer_groups(id),
  partition_id INTEGER NOT NULL,
  committed_offset INTEGER NOT NULL,
  leader_epoch INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  expires_at INTEGER,
  held_order INTEGER NOT NULL,            -- ascending as they came, among those of the group and partition
  held_at INTEGER NOT NULL,               -- epoch milliseconds
  transactional_id TEXT,
  generation INTEGER NOT NULL,
  member_id TEXT NOT NULL,
  instance_id TEXT,
  client_id TEXT NOT NULL,
  client_host TEXT NOT NULL,
  principal TEXT,
  client_software TEXT,
  client_software_version TEXT,
  PRIMARY KEY (producer_id, group_id, partition_id)
) STRICT, WITHOUT ROWID;

-- Whether a group's positions are about to change, and which of them came before.
CREATE INDEX held_offsets_by_group ON held_offsets(group_id, partition_id, held_order);

-- For the deletion of a topic.
CREATE INDEX held_offsets_by_partition ON held_offsets(partition_id);

-- 1: there was a transaction that was open at the end of a turn, or was aborted.
ALTER TABLE topics ADD COLUMN has_transactions INTEGER NOT NULL DEFAULT 0;

-- Of the coordinator that wrote the producer's last marker; NULL: none was written.
ALTER TABLE producer_state ADD COLUMN coordinator_epoch INTEGER;

-- Of a transaction's commit.
ALTER TABLE committers ADD COLUMN transactional_id TEXT;
ALTER TABLE committers ADD COLUMN producer_id INTEGER;

-- What others change is counted, so that the broker reads it again (v0004_change_marks.sql).
INSERT INTO change_marks VALUES ('transactions', 0);

CREATE TRIGGER mark_transactional_ids_insert AFTER INSERT ON transactional_ids WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'transactions'; END;
CREATE TRIGGER mark_transactional_ids_update AFTER UPDATE ON transactional_ids WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'transactions'; END;
CREATE TRIGGER mark_transactional_ids_delete AFTER DELETE ON transactional_ids WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'transactions'; END;

-- No transaction will end that has lost its id, so nobody would ever ask for what it holds.
CREATE TRIGGER drop_held_offsets AFTER DELETE ON transactional_ids WHEN sqlite_source_id() <> 'acta'
BEGIN DELETE FROM held_offsets WHERE producer_id = OLD.producer_id; END;

CREATE TRIGGER mark_transaction_ranges_insert AFTER INSERT ON transaction_ranges WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'transactions'; END;
CREATE TRIGGER mark_transaction_ranges_update AFTER UPDATE ON transaction_ranges WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'transactions'; END;
CREATE TRIGGER mark_transaction_ranges_delete AFTER DELETE ON transaction_ranges WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'transactions'; END;

-- What is open where. `holds_back` is 1 for the transaction that readers of a partition wait for who read
-- committed records only, and `records_held_back` is how many offsets they are behind by it. A transaction
-- without a transactional id is one that nobody will end by himself: Kafka calls it hanging.
CREATE VIEW open_transactions AS
SELECT
  t.name AS topic, p.number AS partition,
  x.first_offset,
  x.producer_id,
  i.transactional_id,
  CAST(strftime('%Y-%m-%dT%H:%M:%S', i.started_at / 1000, 'unixepoch')
    || printf('.%03dZ', i.started_at % 1000) AS TEXT) AS since,
  i.timeout_ms,
  CAST(x.first_offset = f.first_offset AS INTEGER) AS holds_back,
  CAST(iif(x.first_offset = f.first_offset, p.next_offset - max(x.first_offset, p.log_start_offset), 0)
    AS INTEGER) AS records_held_back
FROM transaction_ranges AS x
JOIN (
  SELECT partition_id, min(first_offset) AS first_offset FROM transaction_ranges
  WHERE last_offset IS NULL GROUP BY partition_id) AS f ON f.partition_id = x.partition_id
JOIN partitions AS p ON p.id = x.partition_id
JOIN topics AS t ON t.id = p.topic_id
LEFT JOIN transactional_ids AS i ON i.producer_id = x.producer_id
WHERE x.last_offset IS NULL
ORDER BY t.name, p.number, x.first_offset;

-- Transactional ids as they stand. `holds_back` names the partitions whose readers of committed records wait
-- for the transaction, each with the offset at which they do: `orders-0@17`.
CREATE VIEW transactions AS
SELECT
  i.transactional_id, i.state, i.producer_id, i.producer_epoch,
  CAST(strftime('%Y-%m-%dT%H:%M:%S', i.started_at / 1000, 'unixepoch')
    || printf('.%03dZ', i.started_at % 1000) AS TEXT) AS since,
  i.timeout_ms,
  CAST((SELECT group_concat(t.name || '-' || p.number, ', ')
    FROM json_each(i.partitions) AS j
    JOIN partitions AS p ON p.id = j.value
    JOIN topics AS t ON t.id = p.topic_id) AS TEXT) AS partitions,
  CAST((SELECT group_concat(j.value, ', ') FROM json_each(i.groups) AS j) AS TEXT) AS groups,
  CAST((SELECT group_concat(o.topic || '-' || o.partition || '@' || o.first_offset, ', ')
    FROM open_transactions AS o
    WHERE o.producer_id = i.producer_id AND o.holds_back = 1) AS TEXT) AS holds_back,
  CAST(strftime('%Y-%m-%dT%H:%M:%S', i.updated_at / 1000, 'unixepoch')
    || printf('.%03dZ', i.updated_at % 1000) AS TEXT) AS updated
FROM transactional_ids AS i
ORDER BY i.transactional_id;

-- Every change of a committed offset. `rewound` is 1 where a group was moved back; `transactional_id` and
-- `producer_id` are of the transaction that committed it.
DROP VIEW offset_history;
CREATE VIEW offset_history AS
SELECT
  CAST(strftime('%Y-%m-%dT%H:%M:%S', committed_at / 1000, 'unixepoch')
    || printf('.%03dZ', committed_at % 1000) AS TEXT) AS time,
  group_name AS "group", topic, partition,
  offset_before, offset_after,
  CAST(offset_after - offset_before AS INTEGER) AS distance,
  rewound,
  source,
  client_id AS client, client_host AS host,
  CAST(nullif(member_id, '') AS TEXT) AS member, instance_id AS instance,
  CAST(nullif(generation, -1) AS INTEGER) AS generation,
  CAST(coalesce(metadata, '') AS TEXT) AS metadata,
  CAST(nullif(leader_epoch, -1) AS INTEGER) AS leader_epoch,
  committed_at, id,
  principal, client_software, client_software_version,
  transactional_id, producer_id
FROM (
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, CAST(1 AS INTEGER) AS rewound,
    c.leader_epoch, c.metadata, c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host,
    k.principal, k.client_software, k.client_software_version, k.transactional_id, k.producer_id
  FROM offset_commits AS c INDEXED BY offset_commits_rewound
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.offset_after < c.offset_before
  UNION ALL
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, CAST(0 AS INTEGER) AS rewound,
    c.leader_epoch, c.metadata, c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host,
    k.principal, k.client_software, k.client_software_version, k.transactional_id, k.producer_id
  FROM offset_commits AS c
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.is_indexed = 1 AND c.id <= (SELECT indexed_through FROM audit_progress)
    AND (c.offset_after < c.offset_before) IS NOT 1
  UNION ALL
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, CAST(0 AS INTEGER) AS rewound,
    c.leader_epoch, c.metadata, c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host,
    k.principal, k.client_software, k.client_software_version, k.transactional_id, k.producer_id
  FROM offset_commits AS c
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.is_indexed = 0 AND c.id > (SELECT indexed_through FROM audit_progress)
    AND (c.offset_after < c.offset_before) IS NOT 1);

-- How far each group is behind: a row for every committed offset, and for every partition that a
-- member has without a commit (as Kafka's tools show it: no offset, no lag). The age is that of the
-- batch in which the oldest unread record came, by the broker's clock. `lag` counts to the log's end;
-- `stable_lag` to the last stable offset, where who reads committed records only has to stop.
DROP VIEW consumer_lag;
CREATE VIEW consumer_lag AS
WITH
  owners AS (
    SELECT m.group_id, CAST(o.value ->> 0 AS TEXT) AS topic, CAST(o.value ->> 1 AS INTEGER) AS number,
      m.member_id, m.client_id, m.client_host
    FROM group_members AS m, json_each(m.partitions) AS o),
  positions AS (
    SELECT g.name AS group_name, t.name AS topic, p.id AS partition_id, p.number,
      c.committed_offset, p.next_offset, p.log_start_offset, c.metadata, c.committed_at, c.changed_at,
      o.member_id, o.client_id, o.client_host
    FROM consumer_groups AS g
    JOIN committed_offsets AS c ON c.group_id = g.id
    JOIN partitions AS p ON p.id = c.partition_id
    JOIN topics AS t ON t.id = p.topic_id
    LEFT JOIN owners AS o ON o.group_id = g.id AND o.topic = t.name AND o.number = p.number
    UNION ALL
    SELECT g.name, t.name, p.id, p.number,
      CAST(NULL AS INTEGER), p.next_offset, p.log_start_offset, CAST(NULL AS TEXT), CAST(NULL AS INTEGER),
      CAST(NULL AS INTEGER),
      o.member_id, o.client_id, o.client_host
    FROM owners AS o
    JOIN consumer_groups AS g ON g.id = o.group_id
    JOIN topics AS t ON t.name = o.topic
    JOIN partitions AS p ON p.topic_id = t.id AND p.number = o.number
    WHERE NOT EXISTS (
      SELECT 1 FROM committed_offsets AS c
      WHERE c.group_id = o.group_id AND c.partition_id = p.id)),
  unread AS (
    SELECT *,
      coalesce((
        SELECT max(x.first_offset, positions.log_start_offset) FROM transaction_ranges AS x
        WHERE x.partition_id = positions.partition_id AND x.last_offset IS NULL
        ORDER BY x.first_offset LIMIT 1), next_offset) AS stable_offset,
      CASE WHEN committed_offset < next_offset THEN (
        SELECT b.appended_at FROM batches AS b
        WHERE b.partition_id = positions.partition_id
          AND b.base_offset >= coalesce((
            SELECT max(f.base_offset) FROM batches AS f
            WHERE f.partition_id = positions.partition_id
              AND f.base_offset <= positions.committed_offset), 0)
          AND b.last_offset >= positions.committed_offset
        ORDER BY b.base_offset LIMIT 1) END AS unread_since
    FROM positions)
SELECT
  group_name AS "group", topic, number AS partition,
  committed_offset,
  next_offset AS log_end_offset,
  CAST(next_offset - committed_offset AS INTEGER) AS lag,
  CAST(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) - unread_since AS INTEGER)
    AS oldest_unread_age_ms,
  CAST(strftime('%Y-%m-%dT%H:%M:%S', unread_since / 1000, 'unixepoch')
    || printf('.%03dZ', unread_since % 1000) AS TEXT) AS oldest_unread_time,
  CAST(strftime('%Y-%m-%dT%H:%M:%S', committed_at / 1000, 'unixepoch')
    || printf('.%03dZ', committed_at % 1000) AS TEXT) AS committed_time,
  CAST(strftime('%Y-%m-%dT%H:%M:%S', changed_at / 1000, 'unixepoch')
    || printf('.%03dZ', changed_at % 1000) AS TEXT) AS changed_time,
  metadata,
  member_id AS member, client_id AS client, client_host AS host,
  CAST(stable_offset AS INTEGER) AS last_stable_offset,
  CAST(max(stable_offset - committed_offset, 0) AS INTEGER) AS stable_lag
FROM unread
ORDER BY group_name, topic, number;
