-- Compaction: how far each compacted partition is clean, and where the newest record of each key is.
--
-- Appends know nothing of this: whatever is written here is written by the cleaner, many rows at a time
-- and in the order of their hashes. Topics that are not compacted have no rows.
--
-- The index holds hashes and not keys: what it says is a guess, and nothing is deleted before the stored
-- key was compared. So a hash may have several rows, and a row may name a record that is gone (retention
-- and crashes leave some); rows that lead nowhere are harmless and are dropped when their key comes again,
-- or all together when they become many.

CREATE TABLE compactions(
  partition_id INTEGER PRIMARY KEY,
  first_dirty_offset INTEGER NOT NULL,    -- below it, no key has two records, and each is in the index
  key_count INTEGER NOT NULL              -- rows of compaction_keys, those that lead nowhere included
) STRICT;

CREATE TABLE compaction_keys(
  partition_id INTEGER NOT NULL,
  key_hash INTEGER NOT NULL,              -- 64 bits of the key
  "offset" INTEGER NOT NULL,              -- of the key's newest record
  delete_at INTEGER,                      -- epoch milliseconds: a tombstone, which may go then
  PRIMARY KEY (partition_id, key_hash, "offset")
) STRICT, WITHOUT ROWID;

-- Tombstones that are due.
CREATE INDEX compaction_tombstones ON compaction_keys(partition_id, delete_at)
  WHERE delete_at IS NOT NULL;
