-- A small commit writes two pages: those of its records and of its batch. What a partition's row and
-- `producer_state` said of every commit is read from the batches now, and both are written seldom.
--
-- A batch says what was ever appended to its partition up to itself. So the last one and the partition's row
-- together say what the partition has: the row is as of when it was written, which is whenever something is
-- deleted; whatever came since, the last batch knows. Offsets, epochs, timestamps and sums only grow, so that the
-- larger of the two is always right, also when the last batch has gone and the row alone is left.
--
-- `producer_state` is a snapshot, true of everything below `producers_through`. Batches from there on say the
-- rest, as in Kafka: their producer, epoch, sequence and time. Before such a batch is deleted, the snapshot is
-- written; so are, every so many batches and when the broker stops, both.
--
-- Nothing of a file's batches has to be written for this: they have no sums, and the row, exact until now, stands
-- for all of them.

ALTER TABLE batches ADD COLUMN appended_records INTEGER NOT NULL DEFAULT 0; -- to the partition, up to and with
  -- this batch, ever; 0 in batches from before there were sums
ALTER TABLE batches ADD COLUMN appended_bytes INTEGER NOT NULL DEFAULT 0; -- of size_bytes, likewise

CREATE TABLE stored_partitions(
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused: it names the table records_<id>
  topic_id INTEGER NOT NULL REFERENCES topics(id),
  number INTEGER NOT NULL,                -- within the topic, from 0
  view_number INTEGER NOT NULL,           -- the view messages_<view_number> shows this partition; 0: it has no table
  log_start_offset INTEGER NOT NULL DEFAULT 0, -- the first offset that can be read; always as it is
  -- As of when the row was written; `partitions` has them as they are.
  next_offset INTEGER NOT NULL DEFAULT 0, -- what the next record gets; never goes back
  leader_epoch INTEGER NOT NULL DEFAULT -1, -- of the last append; -1 before the first
  record_count INTEGER NOT NULL DEFAULT 0, -- records that are stored
  size_bytes INTEGER NOT NULL DEFAULT 0,  -- sum of batches.size_bytes
  max_timestamp INTEGER NOT NULL DEFAULT -1, -- largest ever appended, epoch milliseconds; -1: none
  appended_records INTEGER NOT NULL DEFAULT 0, -- as batches have it
  appended_bytes INTEGER NOT NULL DEFAULT 0,
  producers_through INTEGER NOT NULL DEFAULT 0, -- producer_state is from before this offset
  UNIQUE (topic_id, number)
) STRICT;

INSERT INTO stored_partitions
SELECT id, topic_id, number, view_number, log_start_offset, next_offset, leader_epoch, record_count, size_bytes,
  max_timestamp, record_count, size_bytes, next_offset
FROM partitions;

-- Ids that were given are given to nobody else, also when their partitions are gone.
DELETE FROM sqlite_sequence WHERE name = 'stored_partitions';
INSERT INTO sqlite_sequence(name, seq) SELECT 'stored_partitions', seq FROM sqlite_sequence WHERE name = 'partitions';

DROP TABLE partitions;

-- Partitions as they are now. Each look into `batches` finds the last one by its key, and is left out where the
-- column is not asked for.
CREATE VIEW partitions AS
SELECT
  p.id, p.topic_id, p.number, p.view_number, p.log_start_offset,
  CAST(max(p.next_offset, coalesce((
    SELECT b.last_offset + 1 FROM batches AS b WHERE b.partition_id = p.id
    ORDER BY b.base_offset DESC LIMIT 1), 0)) AS INTEGER) AS next_offset,
  CAST(max(p.leader_epoch, coalesce((
    SELECT b.leader_epoch FROM batches AS b WHERE b.partition_id = p.id
    ORDER BY b.base_offset DESC LIMIT 1), -1)) AS INTEGER) AS leader_epoch,
  CAST(p.record_count + max(0, coalesce((
    SELECT b.appended_records FROM batches AS b WHERE b.partition_id = p.id
    ORDER BY b.base_offset DESC LIMIT 1), 0) - p.appended_records) AS INTEGER) AS record_count,
  CAST(p.size_bytes + max(0, coalesce((
    SELECT b.appended_bytes FROM batches AS b WHERE b.partition_id = p.id
    ORDER BY b.base_offset DESC LIMIT 1), 0) - p.appended_bytes) AS INTEGER) AS size_bytes,
  CAST(max(p.max_timestamp, coalesce((
    SELECT b.max_timestamp_so_far FROM batches AS b WHERE b.partition_id = p.id
    ORDER BY b.base_offset DESC LIMIT 1), -1)) AS INTEGER) AS max_timestamp
FROM stored_partitions AS p;

-- Where another process deletes batches, the row takes over what the last of them may have said, and counts
-- less.
CREATE TRIGGER keep_partition_end BEFORE DELETE ON batches WHEN sqlite_source_id() <> 'acta'
BEGIN
  UPDATE stored_partitions SET
    (next_offset, leader_epoch, record_count, size_bytes, max_timestamp) = (
      SELECT p.next_offset, p.leader_epoch,
        p.record_count - iif(OLD.control_records IS NULL, OLD.record_count, 0),
        p.size_bytes - OLD.size_bytes, p.max_timestamp
      FROM partitions AS p WHERE p.id = OLD.partition_id),
    (appended_records, appended_bytes) = (
      SELECT max(stored_partitions.appended_records, b.appended_records),
        max(stored_partitions.appended_bytes, b.appended_bytes)
      FROM batches AS b WHERE b.partition_id = OLD.partition_id ORDER BY b.base_offset DESC LIMIT 1)
  WHERE id = OLD.partition_id;
END;

-- What others change is counted, so that the broker reads it again (v0004_change_marks.sql).
CREATE TRIGGER mark_partitions_insert AFTER INSERT ON stored_partitions WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'partitions'; END;
CREATE TRIGGER mark_partitions_update AFTER UPDATE ON stored_partitions WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'partitions'; END;
CREATE TRIGGER mark_partitions_delete AFTER DELETE ON stored_partitions WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'partitions'; END;
