-- Views that tools can work with, and an audit trail that answers quickly.
--
-- A computed column of a view has no affinity unless it is CAST, and then `WHERE partition = '3'`, which
-- is how many tools ask, finds nothing. Every one is CAST here; columns of tables have theirs anyway. The
-- views over topics (`messages`, `messages_raw`, `topic_<name>`) are made by the broker.
--
-- `offset_history` is asked in three ways, and none of them needs statistics: by group and partition,
-- which is the index on positions; in the order of time, which is that of ids; and for rewinds alone,
-- which are few and have an index of their own. So rewinds are an arm of their own, in which `rewound` is
-- a constant: a query for them does not enter the others. The bound on the ids says nothing that
-- `is_indexed` does not say, but with it SQLite walks the rows and not the index when it has to see them
-- all.

CREATE INDEX offset_commits_rewound ON offset_commits(position_id)
  WHERE offset_after < offset_before;

-- Every change of a committed offset. `rewound` is 1 where a group was moved back.
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
  principal, client_software, client_software_version
FROM (
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, CAST(1 AS INTEGER) AS rewound,
    c.leader_epoch, c.metadata, c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host,
    k.principal, k.client_software, k.client_software_version
  FROM offset_commits AS c INDEXED BY offset_commits_rewound
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.offset_after < c.offset_before
  UNION ALL
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, CAST(0 AS INTEGER) AS rewound,
    c.leader_epoch, c.metadata, c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host,
    k.principal, k.client_software, k.client_software_version
  FROM offset_commits AS c
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.is_indexed = 1 AND c.id <= (SELECT indexed_through FROM audit_progress)
    AND (c.offset_after < c.offset_before) IS NOT 1
  UNION ALL
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, CAST(0 AS INTEGER) AS rewound,
    c.leader_epoch, c.metadata, c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host,
    k.principal, k.client_software, k.client_software_version
  FROM offset_commits AS c
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.is_indexed = 0 AND c.id > (SELECT indexed_through FROM audit_progress)
    AND (c.offset_after < c.offset_before) IS NOT 1);

-- What else happened to groups.
DROP VIEW group_history;
CREATE VIEW group_history AS
SELECT
  CAST(strftime('%Y-%m-%dT%H:%M:%S', occurred_at / 1000, 'unixepoch')
    || printf('.%03dZ', occurred_at % 1000) AS TEXT) AS time,
  group_name AS "group", kind, generation, reason, partitions,
  client_id AS client, client_host AS host, member_id AS member, instance_id AS instance,
  occurred_at, id,
  principal, client_software, client_software_version
FROM group_events;

-- How large each partition is, and the time it spans.
DROP VIEW topic_sizes;
CREATE VIEW topic_sizes AS
SELECT
  t.name AS topic,
  p.number AS partition,
  p.record_count AS records,
  p.size_bytes AS bytes,
  p.log_start_offset,
  p.next_offset AS log_end_offset,
  CAST(CASE WHEN b.base_timestamp >= 0 THEN
    strftime('%Y-%m-%dT%H:%M:%S', b.base_timestamp / 1000, 'unixepoch')
      || printf('.%03dZ', b.base_timestamp % 1000) END AS TEXT) AS oldest_time,
  CAST(CASE WHEN p.record_count > 0 AND p.max_timestamp >= 0 THEN
    strftime('%Y-%m-%dT%H:%M:%S', p.max_timestamp / 1000, 'unixepoch')
      || printf('.%03dZ', p.max_timestamp % 1000) END AS TEXT) AS newest_time
FROM topics AS t
JOIN partitions AS p ON p.topic_id = t.id
LEFT JOIN batches AS b ON b.partition_id = p.id AND b.base_offset = (
  SELECT min(f.base_offset) FROM batches AS f WHERE f.partition_id = p.id)
ORDER BY t.name, p.number;

-- How far each group is behind: a row for every committed offset, and for every partition that a
-- member has without a commit (as Kafka's tools show it: no offset, no lag). The age is that of the
-- batch in which the oldest unread record came, by the broker's clock.
DROP VIEW consumer_lag;
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
      CAST(NULL AS INTEGER), p.next_offset, CAST(NULL AS TEXT), CAST(NULL AS INTEGER),
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
  member_id AS member, client_id AS client, client_host AS host
FROM unread
ORDER BY group_name, topic, number;

-- Groups as they stand; `assignment` is JSON: {"member":[["topic",0],…],…}.
DROP VIEW group_overview;
CREATE VIEW group_overview AS
SELECT
  g.name AS "group", g.type, g.state, g.protocol_type, g.protocol, g.generation,
  CAST((SELECT count(*) FROM group_members AS m WHERE m.group_id = g.id) AS INTEGER) AS members,
  g.leader_id AS leader,
  CAST((SELECT json_group_object(m.member_id, json(m.partitions)) FROM group_members AS m
    WHERE m.group_id = g.id) AS TEXT) AS assignment,
  CAST(strftime('%Y-%m-%dT%H:%M:%S', g.state_changed_at / 1000, 'unixepoch')
    || printf('.%03dZ', g.state_changed_at % 1000) AS TEXT) AS since
FROM consumer_groups AS g
ORDER BY g.name;

-- Members as they stand, those that have nothing among them; `assignment` is JSON: [["topic",0],…].
DROP VIEW member_overview;
CREATE VIEW member_overview AS
SELECT
  g.name AS "group", m.client_id AS client, m.client_host AS host,
  CAST(json_array_length(m.partitions) AS INTEGER) AS partitions, m.partitions AS assignment,
  m.member_id AS member, m.instance_id AS instance
FROM consumer_groups AS g
JOIN group_members AS m ON m.group_id = g.id
ORDER BY g.name, m.join_order;
