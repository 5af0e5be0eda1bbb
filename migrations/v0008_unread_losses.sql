-- What groups have lost: records that were deleted, by retention or by DeleteRecords, before a group that
-- had committed a position below them came to read them. Its consumers go on at the log's new start, as
-- `auto.offset.reset` says, and nobody else can tell that there was anything in between.
--
-- A deletion is made of many slices, each a transaction; a row is written with the first slice that takes
-- something from the group, and grows with the others of the same pass. A group that stands still loses
-- again with every pass, so its losses are to be summed up. The rows outlive what they tell of and refer
-- to nothing; they go with the audit trail (`acta.offset.audit.retention.ms`).

CREATE TABLE unread_losses(
  id INTEGER PRIMARY KEY,
  occurred_at INTEGER NOT NULL,           -- epoch milliseconds, of the pass's latest slice
  group_name TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,             -- within the topic, from 0
  partition_id INTEGER NOT NULL,          -- a topic made anew has other partitions
  pass_start INTEGER NOT NULL,            -- the log's start before the pass: with group and partition it tells passes apart
  first_offset INTEGER NOT NULL,          -- of what was lost
  end_offset INTEGER NOT NULL,            -- the log's start after it
  records INTEGER NOT NULL,               -- that the group has never read
  cause TEXT NOT NULL,                    -- retention, DeleteRecords
  client_id TEXT,                         -- whose doing it was; NULL: the broker's own
  client_host TEXT,
  principal TEXT,
  client_software TEXT,
  client_software_version TEXT,
  UNIQUE (group_name, partition_id, pass_start, cause)
) STRICT;

-- What each group has never read and never will; `first_offset` to `last_offset` is where it was.
CREATE VIEW loss_history AS
SELECT
  CAST(strftime('%Y-%m-%dT%H:%M:%S', occurred_at / 1000, 'unixepoch')
    || printf('.%03dZ', occurred_at % 1000) AS TEXT) AS time,
  group_name AS "group", topic, partition,
  records, first_offset, CAST(end_offset - 1 AS INTEGER) AS last_offset,
  cause,
  client_id AS client, client_host AS host,
  occurred_at, id,
  principal, client_software, client_software_version
FROM unread_losses;

-- What the file holds: `live_bytes` are those of batches as clients count them, `free_bytes` are pages that
-- the next records will take before the file grows. What the write-ahead log has is the size of the file
-- with `-wal` at the end of its name.
CREATE VIEW storage AS
SELECT
  CAST((SELECT coalesce(sum(record_count), 0) FROM partitions) AS INTEGER) AS records,
  CAST((SELECT coalesce(sum(size_bytes), 0) FROM partitions) AS INTEGER) AS live_bytes,
  CAST((SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)
    AS INTEGER) AS file_bytes,
  CAST((SELECT freelist_count FROM pragma_freelist_count)
    * (SELECT page_size FROM pragma_page_size) AS INTEGER) AS free_bytes,
  CAST((SELECT count(*) FROM deleted_partitions) AS INTEGER) AS partitions_to_free;
