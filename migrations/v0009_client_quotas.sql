-- Client quotas: what a user, a client id, both together or an address may use at most, by Kafka's
-- measures. They are kept and shown; nothing is throttled by them yet.
--
-- A name that is NULL does not matter to the quota; an empty one stands for everybody who has no quota
-- under a name of their own. So (user '', client_id 'etl') is for every user's client `etl`.

CREATE TABLE client_quotas(
  user TEXT CHECK (length(CAST(user AS BLOB)) <= 1024),
  client_id TEXT CHECK (length(CAST(client_id AS BLOB)) <= 1024),
  ip TEXT CHECK (length(CAST(ip AS BLOB)) <= 1024),
  key TEXT NOT NULL CHECK (
    key IN ('producer_byte_rate', 'consumer_byte_rate', 'request_percentage', 'controller_mutation_rate')
      AND ip IS NULL
    OR key = 'connection_creation_rate' AND ip IS NOT NULL),
  value REAL NOT NULL CHECK (value > 0 AND value <= 9223372036854775807), -- bytes a second, percent, …
  updated_at INTEGER NOT NULL,            -- epoch milliseconds
  CHECK (ip IS NULL AND coalesce(user, client_id) IS NOT NULL OR ip IS NOT NULL AND coalesce(user, client_id) IS NULL)
) STRICT;

-- One of each. NULL is not equal to NULL in an index, so what there is of a name gets a sign before it.
CREATE UNIQUE INDEX client_quotas_once ON client_quotas(
  coalesce('=' || user, ''), coalesce('=' || client_id, ''), coalesce('=' || ip, ''), key);
