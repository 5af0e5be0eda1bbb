-- Groups: who consumes, how far each has come, and how that came about.
--
-- `consumer_groups` and `group_members` are all that a restart must know of groups, so that nobody
-- rebalances because of it; `committed_offsets` are their positions. The rest is the audit trail:
-- `offset_commits` has a row for every change of a position, `group_events` one for whatever else
-- happened to a group. The trail outlives what it tells of, so it has names of its own
-- (`audited_positions`, `committers`) and refers to no group or topic.
--
-- The trail must cost a commit little. Names that repeat are numbers in its rows, and rows are only
-- ever added at its end: an index by position would touch a page per position, and each page is
-- written whole. Therefore the newest rows are in no index (`is_indexed` = 0); some thousands at a
-- time are taken into it when the writer finds the time. `audit_progress` says how far that is, so
-- that the rows behind it can be found by their number. Read `offset_history`, which does both.
--
-- People should read the views at the end. Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE consumer_groups(
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused
  name TEXT NOT NULL UNIQUE,              -- group.id
  type TEXT NOT NULL,                     -- classic, consumer (KIP-848)
  state TEXT NOT NULL,                    -- Empty, Stable, …: as clients are told
  protocol_type TEXT,                     -- consumer, connect, …; NULL: never had members
  protocol TEXT,                          -- the classic protocol chosen, or the assignor that ran last
  leader_id TEXT,                         -- the member that computes assignments (classic)
  generation INTEGER NOT NULL,            -- of a classic group; the group epoch of a consumer group
  assignment_epoch INTEGER NOT NULL,      -- the group epoch the assignor last ran for; classic: 0
  state_changed_at INTEGER NOT NULL,      -- epoch milliseconds: since when it has been in `state`
  created_at INTEGER NOT NULL             -- epoch milliseconds
) STRICT;

-- JSON here: partitions by name are [["topic",0],…]; by topic id {"<uuid>":[0,1],…}.
CREATE TABLE group_members(
  group_id INTEGER NOT NULL REFERENCES consumer_groups(id),
  member_id TEXT NOT NULL,
  instance_id TEXT,                       -- group.instance.id; NULL: not static
  client_id TEXT NOT NULL,
  client_host TEXT NOT NULL,              -- /127.0.0.1
  session_timeout_ms INTEGER NOT NULL,
  rebalance_timeout_ms INTEGER NOT NULL,
  join_order INTEGER NOT NULL,            -- ascending in the order of joining
  partitions TEXT NOT NULL,               -- JSON, by name: what the member has now
  -- What a member has that speaks the classic protocol; otherwise both are NULL.
  protocols TEXT,                         -- JSON: [["range","<metadata in base64>"],…], preferred first
  assignment BLOB,                        -- as the leader sent it; empty: none
  -- What a member of a consumer group has; otherwise all of these are NULL.
  epoch INTEGER,
  previous_epoch INTEGER,
  state TEXT,                             -- Stable, UnrevokedPartitions, UnreleasedPartitions
  rack_id TEXT,
  subscribed_topics TEXT,                 -- JSON: ["topic",…]
  subscribed_regex TEXT,
  assignor TEXT,                          -- the one that the member asked for
  assigned TEXT,                          -- JSON, by topic id: [[partition, epoch at which it was given],…]
  revoking TEXT,                          -- JSON, by topic id: to be given up, not yet confirmed
  target TEXT,                            -- JSON, by topic id: what the assignor wants it to have
  PRIMARY KEY (group_id, member_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE committed_offsets(
  group_id INTEGER NOT NULL REFERENCES consumer_groups(id),
  partition_id INTEGER NOT NULL,
  committed_offset INTEGER NOT NULL,      -- of the next record to be read
  leader_epoch INTEGER NOT NULL,          -- of the last record read; -1: not known
  metadata TEXT NOT NULL,                 -- the client's own words
  committed_at INTEGER NOT NULL,          -- epoch milliseconds of the last commit
  changed_at INTEGER NOT NULL,            -- epoch milliseconds of the last that changed anything
  expires_at INTEGER,                     -- epoch milliseconds; NULL: as offsets.retention.minutes says
  position_id INTEGER NOT NULL,           -- in audited_positions
  PRIMARY KEY (group_id, partition_id)
) STRICT, WITHOUT ROWID;

-- For the deletion of a topic.
CREATE INDEX committed_offsets_by_partition ON committed_offsets(partition_id);

-- A partition as a group reads it, by the names of then.
CREATE TABLE audited_positions(
  id INTEGER PRIMARY KEY,
  group_name TEXT NOT NULL,
  partition_id INTEGER NOT NULL,          -- a topic made anew has other partitions
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,             -- within the topic, from 0
  UNIQUE (group_name, partition_id)
) STRICT;

-- Who has changed positions, and through what.
CREATE TABLE committers(
  id INTEGER PRIMARY KEY,
  member_id TEXT NOT NULL,                -- empty: no member
  instance_id TEXT,
  client_id TEXT NOT NULL,
  client_host TEXT NOT NULL,
  source TEXT NOT NULL,                   -- consumer, simple consumer, transaction, admin reset,
                                          -- admin delete, expiry, topic deletion
  -- No row of offset_commits beyond this id has this committer: what tells whether any is left. It
  -- is raised now and then, well ahead of its use.
  used_through INTEGER NOT NULL
) STRICT;
CREATE INDEX committers_by_member ON committers(member_id, client_id, client_host, source);

CREATE TABLE offset_commits(
  id INTEGER PRIMARY KEY,                 -- ascending, never reused
  position_id INTEGER NOT NULL,           -- in audited_positions
  committer_id INTEGER NOT NULL,          -- in committers
  committed_at INTEGER NOT NULL,          -- epoch milliseconds
  offset_before INTEGER,                  -- NULL: there was none
  offset_after INTEGER,                   -- NULL: forgotten
  leader_epoch INTEGER NOT NULL,          -- committed with the offset; -1: none
  generation INTEGER NOT NULL,            -- or the member epoch, as the committer said; -1: none
  metadata TEXT,                          -- committed with the offset; NULL: empty
  is_indexed INTEGER NOT NULL             -- 1: in the index below
) STRICT;
CREATE INDEX offset_commits_by_position ON offset_commits(position_id, committed_at)
  WHERE is_indexed = 1;

-- One row.
CREATE TABLE audit_progress(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  indexed_through INTEGER NOT NULL        -- rows of offset_commits up to this id are in the index
) STRICT;
INSERT INTO audit_progress VALUES (1, 0);

CREATE TABLE group_events(
  id INTEGER PRIMARY KEY,
  occurred_at INTEGER NOT NULL,           -- epoch milliseconds
  group_name TEXT NOT NULL,
  kind TEXT NOT NULL,                     -- created, deleted, joined, left, evicted, replaced, fenced,
                                          -- rebalance, generation, assigned, converted
  generation INTEGER NOT NULL,            -- or the group epoch, after the event
  member_id TEXT,                         -- NULL: about the group as a whole
  instance_id TEXT,
  client_id TEXT,
  client_host TEXT,
  reason TEXT,
  partitions TEXT                         -- JSON, [["topic",0],…]: what the member was given
) STRICT;
CREATE INDEX group_events_by_group ON group_events(group_name);

-- How far each group is behind: a row for every committed offset, and for every partition that a
-- member has without a commit (as Kafka's tools show it: no offset, no lag). The age is that of the
-- batch in which the oldest unread record came, by the broker's clock.
CREATE VIEW consumer_lag AS
WITH
  owners AS (
    SELECT m.group_id, CAST(o.value ->> 0 AS TEXT) AS topic, CAST(o.value ->> 1 AS INTEGER) AS number,
      m.member_id, m.client_id, m.client_host
    FROM group_members AS m, json_each(m.partitions) AS o),
  positions AS (
    SELECT g.name AS group_name, t.name AS topic, p.id AS partition_id, p.number,
      c.committed_offset, p.next_offset, c.metadata, c.committed_at, c.changed_at,
      o.member_id, o.client_id, o.client_host
    FROM consumer_groups AS g
    JOIN committed_offsets AS c ON c.group_id = g.id
    JOIN partitions AS p ON p.id = c.partition_id
    JOIN topics AS t ON t.id = p.topic_id
    LEFT JOIN owners AS o ON o.group_id = g.id AND o.topic = t.name AND o.number = p.number
    UNION ALL
    SELECT g.name, t.name, p.id, p.number,
      NULL, p.next_offset, NULL, NULL, NULL,
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
  next_offset - committed_offset AS lag,
  CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) - unread_since AS oldest_unread_age_ms,
  strftime('%Y-%m-%dT%H:%M:%S', unread_since / 1000, 'unixepoch')
    || printf('.%03dZ', unread_since % 1000) AS oldest_unread_time,
  strftime('%Y-%m-%dT%H:%M:%S', committed_at / 1000, 'unixepoch')
    || printf('.%03dZ', committed_at % 1000) AS committed_time,
  strftime('%Y-%m-%dT%H:%M:%S', changed_at / 1000, 'unixepoch')
    || printf('.%03dZ', changed_at % 1000) AS changed_time,
  metadata,
  member_id AS member, client_id AS client, client_host AS host
FROM unread
ORDER BY group_name, topic, number;

-- Every change of a committed offset. `rewound` is 1 where a group was moved back.
CREATE VIEW offset_history AS
SELECT
  strftime('%Y-%m-%dT%H:%M:%S', committed_at / 1000, 'unixepoch')
    || printf('.%03dZ', committed_at % 1000) AS time,
  group_name AS "group", topic, partition,
  offset_before, offset_after,
  offset_after - offset_before AS distance,
  coalesce(offset_after < offset_before, 0) AS rewound,
  source,
  client_id AS client, client_host AS host,
  nullif(member_id, '') AS member, instance_id AS instance,
  nullif(generation, -1) AS generation,
  coalesce(metadata, '') AS metadata, nullif(leader_epoch, -1) AS leader_epoch,
  committed_at, id
FROM (
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, c.leader_epoch, c.metadata,
    c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host
  FROM offset_commits AS c
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.is_indexed = 1
  UNION ALL
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, c.leader_epoch, c.metadata,
    c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host
  FROM offset_commits AS c
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.is_indexed = 0 AND c.id > (SELECT indexed_through FROM audit_progress));

-- What else happened to groups.
CREATE VIEW group_history AS
SELECT
  strftime('%Y-%m-%dT%H:%M:%S', occurred_at / 1000, 'unixepoch')
    || printf('.%03dZ', occurred_at % 1000) AS time,
  group_name AS "group", kind, generation, reason, partitions,
  client_id AS client, client_host AS host, member_id AS member, instance_id AS instance,
  occurred_at, id
FROM group_events;

-- Groups as they stand; `assignment` is JSON: {"member":[["topic",0],…],…}.
CREATE VIEW group_overview AS
SELECT
  g.name AS "group", g.type, g.state, g.protocol_type, g.protocol, g.generation,
  (SELECT count(*) FROM group_members AS m WHERE m.group_id = g.id) AS members,
  g.leader_id AS leader,
  (SELECT json_group_object(m.member_id, json(m.partitions)) FROM group_members AS m
    WHERE m.group_id = g.id) AS assignment,
  strftime('%Y-%m-%dT%H:%M:%S', g.state_changed_at / 1000, 'unixepoch')
    || printf('.%03dZ', g.state_changed_at % 1000) AS since
FROM consumer_groups AS g
ORDER BY g.name;

-- Members as they stand, those that have nothing among them; `assignment` is JSON: [["topic",0],…].
CREATE VIEW member_overview AS
SELECT
  g.name AS "group", m.client_id AS client, m.client_host AS host,
  json_array_length(m.partitions) AS partitions, m.partitions AS assignment,
  m.member_id AS member, m.instance_id AS instance
FROM consumer_groups AS g
JOIN group_members AS m ON m.group_id = g.id
ORDER BY g.name, m.join_order;
