-- Configuration that changes while the broker runs, and who changed it.
--
-- `config_overrides` has what was set on topics, on brokers, on all brokers, on groups and on
-- subscriptions to clients' metrics. `config_history` has every change of it, whoever made it, and
-- outlives what it is about. People should read `config_changes`.
--
-- A row may be changed by plain SQL; the broker goes by it within a second. What a table can tell to be
-- wrong is refused here. The broker looks at the rest (names, types, limits): a row that Kafka would
-- refuse is not in force, and the broker's log names it.
--
-- The triggers know who writes as those of v0004 do; the broker records its own changes itself.

CREATE TABLE config_history(
  id INTEGER PRIMARY KEY,                 -- ascending, never reused
  changed_at INTEGER NOT NULL,            -- epoch milliseconds
  entity_type TEXT NOT NULL,              -- as in config_overrides
  entity_name TEXT NOT NULL,
  name TEXT NOT NULL,                     -- retention.ms
  value_before TEXT,                      -- NULL: it was not set
  value_after TEXT,                       -- NULL: it is not set any more
  source TEXT NOT NULL,                   -- IncrementalAlterConfigs, AlterConfigs, CreateTopics,
                                          -- topic deletion, SQL, before history
  principal TEXT,                         -- User:ANONYMOUS; NULL: not known
  client_id TEXT,
  client_host TEXT,                       -- /127.0.0.1
  client_software TEXT,                   -- librdkafka; NULL: not told
  client_software_version TEXT
) STRICT;
CREATE INDEX config_history_by_entity ON config_history(entity_type, entity_name, name);

-- The table anew, because whoever inserts a row should not have to say when. Its triggers go with it.
-- Not by renaming, which fails for a view of an application's that is not whole.
CREATE TABLE config_overrides_before AS SELECT * FROM config_overrides;
DROP TABLE config_overrides;
CREATE TABLE config_overrides(
  entity_type TEXT NOT NULL,              -- topic, broker, group, client_metrics
  entity_name TEXT NOT NULL,              -- a broker's id, or <default>: all brokers
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  updated_at INTEGER NOT NULL             -- epoch milliseconds
    DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  PRIMARY KEY (entity_type, entity_name, name)
) STRICT, WITHOUT ROWID;
INSERT INTO config_overrides SELECT * FROM config_overrides_before;
DROP TABLE config_overrides_before;

-- A row that is replaced tells nobody what it was, but the last change does.
INSERT INTO config_history(
  changed_at, entity_type, entity_name, name, value_after, source)
SELECT updated_at, entity_type, entity_name, name, value, 'before history' FROM config_overrides;

CREATE TRIGGER config_overrides_insert_check BEFORE INSERT ON config_overrides
WHEN sqlite_source_id() <> 'acta'
BEGIN
  SELECT raise(ABORT, 'entity_type is topic, broker, group or client_metrics')
  WHERE NEW.entity_type NOT IN ('topic', 'broker', 'group', 'client_metrics');
  SELECT raise(ABORT, 'entity_name is empty; that of the defaults of all brokers is <default>')
  WHERE NEW.entity_name = '';
  SELECT raise(ABORT, 'there is no such topic')
  WHERE NEW.entity_type = 'topic'
    AND NOT EXISTS (SELECT 1 FROM topics WHERE topics.name = NEW.entity_name);
  SELECT raise(ABORT, 'entity_name of a broker is its id, or <default>')
  WHERE NEW.entity_type = 'broker' AND NEW.entity_name <> '<default>'
    AND NEW.entity_name GLOB '*[^0-9]*';
  SELECT raise(ABORT, 'name is empty') WHERE NEW.name = '';
  SELECT raise(ABORT, 'value is longer than 32767 bytes')
  WHERE length(CAST(NEW.value AS BLOB)) > 32767;
END;

CREATE TRIGGER config_overrides_update_check BEFORE UPDATE ON config_overrides
WHEN sqlite_source_id() <> 'acta'
BEGIN
  SELECT raise(ABORT, 'entity_type is topic, broker, group or client_metrics')
  WHERE NEW.entity_type NOT IN ('topic', 'broker', 'group', 'client_metrics');
  SELECT raise(ABORT, 'entity_name is empty; that of the defaults of all brokers is <default>')
  WHERE NEW.entity_name = '';
  SELECT raise(ABORT, 'there is no such topic')
  WHERE NEW.entity_type = 'topic'
    AND NOT EXISTS (SELECT 1 FROM topics WHERE topics.name = NEW.entity_name);
  SELECT raise(ABORT, 'entity_name of a broker is its id, or <default>')
  WHERE NEW.entity_type = 'broker' AND NEW.entity_name <> '<default>'
    AND NEW.entity_name GLOB '*[^0-9]*';
  SELECT raise(ABORT, 'name is empty') WHERE NEW.name = '';
  SELECT raise(ABORT, 'value is longer than 32767 bytes')
  WHERE length(CAST(NEW.value AS BLOB)) > 32767;
END;

-- What others change is counted, so that the broker reads it again, and recorded.
INSERT INTO change_marks VALUES ('configs', 0);

CREATE TRIGGER mark_configs_insert AFTER INSERT ON config_overrides
WHEN sqlite_source_id() <> 'acta'
BEGIN
  UPDATE change_marks SET changes = changes + 1 WHERE name = 'configs';
  INSERT INTO config_history(
    changed_at, entity_type, entity_name, name, value_before, value_after, source)
  VALUES (
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
    NEW.entity_type, NEW.entity_name, NEW.name,
    (SELECT value_after FROM config_history AS h
      WHERE h.entity_type = NEW.entity_type AND h.entity_name = NEW.entity_name
        AND h.name = NEW.name ORDER BY id DESC LIMIT 1),
    NEW.value, 'SQL');
END;

CREATE TRIGGER mark_configs_update AFTER UPDATE ON config_overrides
WHEN sqlite_source_id() <> 'acta'
BEGIN
  UPDATE change_marks SET changes = changes + 1 WHERE name = 'configs';
  INSERT INTO config_history(
    changed_at, entity_type, entity_name, name, value_before, value_after, source)
  SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
    OLD.entity_type, OLD.entity_name, OLD.name, OLD.value, NULL, 'SQL'
  WHERE (OLD.entity_type, OLD.entity_name, OLD.name)
    <> (NEW.entity_type, NEW.entity_name, NEW.name);
  INSERT INTO config_history(
    changed_at, entity_type, entity_name, name, value_before, value_after, source)
  SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
    NEW.entity_type, NEW.entity_name, NEW.name,
    iif((OLD.entity_type, OLD.entity_name, OLD.name)
      = (NEW.entity_type, NEW.entity_name, NEW.name), OLD.value, NULL),
    NEW.value, 'SQL';
END;

CREATE TRIGGER mark_configs_delete AFTER DELETE ON config_overrides
WHEN sqlite_source_id() <> 'acta'
BEGIN
  UPDATE change_marks SET changes = changes + 1 WHERE name = 'configs';
  INSERT INTO config_history(
    changed_at, entity_type, entity_name, name, value_before, value_after, source)
  VALUES (
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
    OLD.entity_type, OLD.entity_name, OLD.name, OLD.value, NULL, 'SQL');
END;

-- Every change of a configuration: what, from what to what, when, who, and how.
CREATE VIEW config_changes AS
SELECT
  CAST(strftime('%Y-%m-%dT%H:%M:%S', changed_at / 1000, 'unixepoch')
    || printf('.%03dZ', changed_at % 1000) AS TEXT) AS time,
  entity_type AS kind, entity_name AS name, name AS config,
  value_before, value_after,
  source AS through, principal, client_id AS client, client_host AS host,
  client_software, client_software_version,
  changed_at, id
FROM config_history;
