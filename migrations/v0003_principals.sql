-- Whose doing it was: the principal and the client's software, beside the names that a client gives
-- itself.
--
-- `client_id` is whatever a client calls itself. The principal is who the broker knows it to be
-- (`User:ANONYMOUS` until clients authenticate), the software is what the client's library says of
-- itself. Both are kept with a member, so that what happens to it later, perhaps after a restart, can
-- name them too.
--
-- Rows from before have none, nor have changes that the broker makes by itself (expiry, the deletion
-- of a topic): NULL. The columns are added behind the others without touching a row.

ALTER TABLE group_members ADD COLUMN principal TEXT;                  -- User:ANONYMOUS
ALTER TABLE group_members ADD COLUMN client_software TEXT;            -- librdkafka; NULL: not told
ALTER TABLE group_members ADD COLUMN client_software_version TEXT;    -- 2.3.0

ALTER TABLE committers ADD COLUMN principal TEXT;
ALTER TABLE committers ADD COLUMN client_software TEXT;
ALTER TABLE committers ADD COLUMN client_software_version TEXT;

-- Of the member that the event is about, or of whoever asked for it.
ALTER TABLE group_events ADD COLUMN principal TEXT;
ALTER TABLE group_events ADD COLUMN client_software TEXT;
ALTER TABLE group_events ADD COLUMN client_software_version TEXT;

-- Every change of a committed offset. `rewound` is 1 where a group was moved back.
DROP VIEW offset_history;
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
  committed_at, id,
  principal, client_software, client_software_version
FROM (
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, c.leader_epoch, c.metadata,
    c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host,
    k.principal, k.client_software, k.client_software_version
  FROM offset_commits AS c
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.is_indexed = 1
  UNION ALL
  SELECT c.id, c.committed_at, c.offset_before, c.offset_after, c.leader_epoch, c.metadata,
    c.generation, p.group_name, p.topic, p.partition,
    k.source, k.member_id, k.instance_id, k.client_id, k.client_host,
    k.principal, k.client_software, k.client_software_version
  FROM offset_commits AS c
  JOIN audited_positions AS p ON p.id = c.position_id
  JOIN committers AS k ON k.id = c.committer_id
  WHERE c.is_indexed = 0 AND c.id > (SELECT indexed_through FROM audit_progress));

-- What else happened to groups.
DROP VIEW group_history;
CREATE VIEW group_history AS
SELECT
  strftime('%Y-%m-%dT%H:%M:%S', occurred_at / 1000, 'unixepoch')
    || printf('.%03dZ', occurred_at % 1000) AS time,
  group_name AS "group", kind, generation, reason, partitions,
  client_id AS client, client_host AS host, member_id AS member, instance_id AS instance,
  occurred_at, id,
  principal, client_software, client_software_version
FROM group_events;
