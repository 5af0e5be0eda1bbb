-- The log: topics, partitions, batches and what a restart must know of them.
--
-- The records themselves are in one table per partition, made with the partition:
--   records_<partition id>("offset" INTEGER PRIMARY KEY, timestamp, key, value, headers)
-- The views `messages`, `messages_<n>` and `topic_<name>` join them for people; they are made anew
-- when topics change. Times are milliseconds since 1970-01-01 UTC unless a name says otherwise;
-- sizes are bytes; an offset counts records from the start of its partition.

CREATE TABLE cluster(
  key TEXT PRIMARY KEY,    -- cluster_id, leader_epoch, next_producer_id, instance_id, created_at
  value TEXT NOT NULL      -- numbers in decimal
) STRICT, WITHOUT ROWID;

CREATE TABLE topics(
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused
  uuid BLOB NOT NULL UNIQUE,              -- 16 bytes: the id that clients see
  name TEXT NOT NULL UNIQUE,
  view_name TEXT NOT NULL UNIQUE,         -- the view with this topic's messages
  is_internal INTEGER NOT NULL DEFAULT 0, -- 1: kept by the broker for itself
  created_at INTEGER NOT NULL             -- epoch milliseconds
) STRICT;

CREATE TABLE partitions(
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused: it names the table records_<id>
  topic_id INTEGER NOT NULL REFERENCES topics(id),
  number INTEGER NOT NULL,                -- within the topic, from 0
  view_number INTEGER NOT NULL,           -- the view messages_<view_number> shows this partition
  log_start_offset INTEGER NOT NULL DEFAULT 0, -- the first offset that can be read
  next_offset INTEGER NOT NULL DEFAULT 0, -- what the next record gets; never goes back
  leader_epoch INTEGER NOT NULL DEFAULT -1, -- of the last append; -1 before the first
  record_count INTEGER NOT NULL DEFAULT 0, -- records that are stored
  size_bytes INTEGER NOT NULL DEFAULT 0,  -- sum of batches.size_bytes
  max_timestamp INTEGER NOT NULL DEFAULT -1, -- largest ever appended, epoch milliseconds; -1: none
  UNIQUE (topic_id, number)
) STRICT;

-- A row per batch, as it was produced; the evidence that its records are still what was sent.
CREATE TABLE batches(
  partition_id INTEGER NOT NULL,
  base_offset INTEGER NOT NULL,
  last_offset INTEGER NOT NULL,           -- of the batch as sent
  record_count INTEGER NOT NULL,          -- records that are stored; fewer than sent after a trim
  base_timestamp INTEGER NOT NULL,        -- epoch milliseconds; timestamps are sent relative to it
  max_timestamp INTEGER NOT NULL,         -- epoch milliseconds; -1: none
  max_timestamp_so_far INTEGER NOT NULL,  -- of this and all earlier batches of the partition
  appended_at INTEGER NOT NULL,           -- epoch milliseconds, the broker's clock
  attributes INTEGER NOT NULL,            -- bits 0-2 codec as sent, 3 log append time, 4 transactional, 5 control
  producer_id INTEGER NOT NULL,           -- -1: not idempotent
  producer_epoch INTEGER NOT NULL,        -- -1: not idempotent
  base_sequence INTEGER NOT NULL,         -- -1: not idempotent
  leader_epoch INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,            -- header and records, uncompressed
  records_crc INTEGER NOT NULL,           -- CRC-32C of the records section, uncompressed
  control_records BLOB,                   -- a control batch's records section; it has no record rows
  PRIMARY KEY (partition_id, base_offset)
) STRICT, WITHOUT ROWID;

-- Where each leader epoch began to write; every start of the broker takes a new epoch.
CREATE TABLE leader_epochs(
  partition_id INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  start_offset INTEGER NOT NULL,          -- of the first batch with this epoch
  PRIMARY KEY (partition_id, epoch)
) STRICT, WITHOUT ROWID;

-- What tells a producer's retry from a new batch.
CREATE TABLE producer_state(
  partition_id INTEGER NOT NULL,
  producer_id INTEGER NOT NULL,
  producer_epoch INTEGER NOT NULL,
  last_timestamp INTEGER NOT NULL,        -- epoch milliseconds, the broker's clock, of the last append
  batches TEXT NOT NULL,                  -- JSON, the last five, oldest first:
                                          -- [[first sequence, last sequence, base offset, last offset, epoch milliseconds], …]
  PRIMARY KEY (partition_id, producer_id)
) STRICT, WITHOUT ROWID;

-- Partitions whose topic is gone and whose pages are still to be freed, a slice at a time.
CREATE TABLE deleted_partitions(
  partition_id INTEGER PRIMARY KEY,
  deleted_at INTEGER NOT NULL             -- epoch milliseconds
) STRICT;

-- Settings that differ from the defaults.
CREATE TABLE config_overrides(
  entity_type TEXT NOT NULL,              -- topic, broker, client, …
  entity_name TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  updated_at INTEGER NOT NULL,            -- epoch milliseconds
  PRIMARY KEY (entity_type, entity_name, name)
) STRICT, WITHOUT ROWID;

-- How large each partition is, and the time it spans.
CREATE VIEW topic_sizes AS
SELECT
  t.name AS topic,
  p.number AS partition,
  p.record_count AS records,
  p.size_bytes AS bytes,
  p.log_start_offset,
  p.next_offset AS log_end_offset,
  CASE WHEN b.base_timestamp >= 0 THEN
    strftime('%Y-%m-%dT%H:%M:%S', b.base_timestamp / 1000, 'unixepoch')
      || printf('.%03dZ', b.base_timestamp % 1000) END AS oldest_time,
  CASE WHEN p.record_count > 0 AND p.max_timestamp >= 0 THEN
    strftime('%Y-%m-%dT%H:%M:%S', p.max_timestamp / 1000, 'unixepoch')
      || printf('.%03dZ', p.max_timestamp % 1000) END AS newest_time
FROM topics AS t
JOIN partitions AS p ON p.topic_id = t.id
LEFT JOIN batches AS b ON b.partition_id = p.id AND b.base_offset = (
  SELECT min(f.base_offset) FROM batches AS f WHERE f.partition_id = p.id)
ORDER BY t.name, p.number;
