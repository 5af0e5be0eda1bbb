-- What other processes change of our tables is counted here, so that the broker reads again what was
-- really changed and nothing else. An application that keeps its own tables in the same file, and commits
-- often, then costs the broker one look at four numbers.
--
-- The broker's own changes must not count, and must cost next to nothing: it writes these tables all the
-- time. So the triggers ask who writes. On the broker's connection `sqlite_source_id()` is replaced by a
-- function that says `acta`; for everybody else it is SQLite's own, which says when SQLite was made.
--
-- Batches and records are not watched: a log is written by its broker.

CREATE TABLE change_marks(
  name TEXT PRIMARY KEY,                  -- topics, partitions, producers, groups
  changes INTEGER NOT NULL                -- rows that others have changed, ever
) STRICT, WITHOUT ROWID;
INSERT INTO change_marks VALUES ('topics', 0), ('partitions', 0), ('producers', 0), ('groups', 0);

CREATE TRIGGER mark_topics_insert AFTER INSERT ON topics WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'topics'; END;
CREATE TRIGGER mark_topics_update AFTER UPDATE ON topics WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'topics'; END;
CREATE TRIGGER mark_topics_delete AFTER DELETE ON topics WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'topics'; END;

CREATE TRIGGER mark_configs_insert AFTER INSERT ON config_overrides WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'topics'; END;
CREATE TRIGGER mark_configs_update AFTER UPDATE ON config_overrides WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'topics'; END;
CREATE TRIGGER mark_configs_delete AFTER DELETE ON config_overrides WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'topics'; END;

CREATE TRIGGER mark_partitions_insert AFTER INSERT ON partitions WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'partitions'; END;
CREATE TRIGGER mark_partitions_update AFTER UPDATE ON partitions WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'partitions'; END;
CREATE TRIGGER mark_partitions_delete AFTER DELETE ON partitions WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'partitions'; END;

CREATE TRIGGER mark_producers_insert AFTER INSERT ON producer_state WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'producers'; END;
CREATE TRIGGER mark_producers_update AFTER UPDATE ON producer_state WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'producers'; END;
CREATE TRIGGER mark_producers_delete AFTER DELETE ON producer_state WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'producers'; END;

CREATE TRIGGER mark_groups_insert AFTER INSERT ON consumer_groups WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'groups'; END;
CREATE TRIGGER mark_groups_update AFTER UPDATE ON consumer_groups WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'groups'; END;
CREATE TRIGGER mark_groups_delete AFTER DELETE ON consumer_groups WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'groups'; END;

CREATE TRIGGER mark_members_insert AFTER INSERT ON group_members WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'groups'; END;
CREATE TRIGGER mark_members_update AFTER UPDATE ON group_members WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'groups'; END;
CREATE TRIGGER mark_members_delete AFTER DELETE ON group_members WHEN sqlite_source_id() <> 'acta'
BEGIN UPDATE change_marks SET changes = changes + 1 WHERE name = 'groups'; END;
