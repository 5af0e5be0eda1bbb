/* What SQLite itself can take: the rows of Acta's storage written by a loop over the C API, with
 * its page size, its durability and its checkpoints, and nothing else. The ratio to it is what
 * Acta's own code costs or saves.
 *
 *   rows FILE RECORDS VALUE-BYTES      prints one line of JSON
 *   rows --version                     prints the library's version
 *
 * Eight partitions, a table each; batches of 500 records go to one partition after another; four
 * batches and their rows in `batches` are one transaction, synced at its COMMIT. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  partitions = 8,
  batch_records = 500,
  batches_per_transaction = 4,
  key_bytes = 8,
  page_bytes = 16384,
  checkpoint_bytes = 4 << 20,
  places = 4096,
};

static sqlite3 *database;
static int log_pages; /* of the write-ahead log, as its last commit reported */

static _Noreturn void die(const char *what) {
  fprintf(stderr, "rows: %s: %s\n", what, database ? sqlite3_errmsg(database) : "out of memory");
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void execute(const char *sql) {
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK) die(sql);
}

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL))
    die(sql);
  return statement;
}

static void run(sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) die(sqlite3_sql(statement));
  sqlite3_reset(statement);
}

static int note_log_pages(void *unused, sqlite3 *connection, const char *name, int pages) {
  (void)unused;
  (void)connection;
  (void)name;
  log_pages = pages;
  return SQLITE_OK;
}

static void open_database(const char *path) {
  char sql[512];
  if (sqlite3_open(path, &database) != SQLITE_OK) die(path);
  snprintf(sql, sizeof sql, "PRAGMA page_size = %d", page_bytes);
  execute(sql);
  execute("PRAGMA auto_vacuum = INCREMENTAL");
  execute("PRAGMA journal_mode = WAL");
  execute("PRAGMA synchronous = FULL");
  execute("PRAGMA secure_delete = OFF");
  execute("PRAGMA cache_size = -16384");
  execute("PRAGMA wal_autocheckpoint = 0");
  sqlite3_wal_hook(database, note_log_pages, NULL);
  execute(
      "CREATE TABLE batches(partition_id INTEGER NOT NULL, base_offset INTEGER NOT NULL,"
      " last_offset INTEGER NOT NULL, record_count INTEGER NOT NULL,"
      " base_timestamp INTEGER NOT NULL, max_timestamp INTEGER NOT NULL,"
      " attributes INTEGER NOT NULL, producer_id INTEGER NOT NULL,"
      " size_bytes INTEGER NOT NULL, records_crc INTEGER NOT NULL,"
      " PRIMARY KEY (partition_id, base_offset)) STRICT, WITHOUT ROWID");
  for (int partition = 0; partition < partitions; partition++) {
    snprintf(sql, sizeof sql,
             "CREATE TABLE records_%d(\"offset\" INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL,"
             " key BLOB, value BLOB, headers TEXT) STRICT", partition);
    execute(sql);
  }
}

static void insert_batch(sqlite3_stmt *records, sqlite3_stmt *batches, int partition,
                         sqlite3_int64 base, const char *payload, int value_bytes) {
  static const sqlite3_int64 epoch = 1700000000000;
  for (int i = 0; i < batch_records; i++) {
    sqlite3_int64 offset = base + i;
    sqlite3_bind_int64(records, 1, offset);
    sqlite3_bind_int64(records, 2, epoch + offset);
    sqlite3_bind_blob(records, 3, payload + (offset * 7) % places, key_bytes, SQLITE_STATIC);
    sqlite3_bind_blob(records, 4, payload + offset % places, value_bytes, SQLITE_STATIC);
    sqlite3_bind_null(records, 5);
    run(records);
  }
  const sqlite3_int64 columns[] = {
      partition, base, base + batch_records - 1, batch_records, epoch + base,
      epoch + base + batch_records - 1, 0, -1,
      (sqlite3_int64)batch_records * (value_bytes + key_bytes + 8), 0x12345678 + base};
  for (int i = 0; i < (int)(sizeof columns / sizeof *columns); i++)
    sqlite3_bind_int64(batches, i + 1, columns[i]);
  run(batches);
}

static double write_rows(long records, int value_bytes) {
  sqlite3_stmt *inserts[partitions];
  char sql[128];
  for (int partition = 0; partition < partitions; partition++) {
    snprintf(sql, sizeof sql, "INSERT INTO records_%d VALUES (?, ?, ?, ?, ?)", partition);
    inserts[partition] = prepare(sql);
  }
  sqlite3_stmt *batches = prepare("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
  char *payload = malloc((size_t)value_bytes + places + key_bytes);
  if (!payload) die("payload");
  for (int i = 0; i < value_bytes + places + key_bytes; i++) payload[i] = (char)(' ' + rand() % 95);

  double began = now();
  long count = records / batch_records;
  for (long batch = 0; batch < count; batch++) {
    if (batch % batches_per_transaction == 0) run(begin);
    int partition = (int)(batch % partitions);
    sqlite3_int64 base = batch / partitions * batch_records;
    insert_batch(inserts[partition], batches, partition, base, payload, value_bytes);
    if (batch % batches_per_transaction == batches_per_transaction - 1 || batch == count - 1) {
      run(commit);
      if ((long)log_pages * page_bytes >= checkpoint_bytes) {
        if (sqlite3_wal_checkpoint_v2(database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL))
          die("checkpoint");
      }
    }
  }
  double seconds = now() - began;

  for (int partition = 0; partition < partitions; partition++) sqlite3_finalize(inserts[partition]);
  sqlite3_finalize(batches);
  sqlite3_finalize(begin);
  sqlite3_finalize(commit);
  free(payload);
  return seconds;
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "--version") == 0) {
    puts(sqlite3_libversion());
    return 0;
  }
  if (count != 4) {
    fputs("usage: rows FILE RECORDS VALUE-BYTES\n", stderr);
    return 1;
  }
  long records = atol(arguments[2]) / batch_records * batch_records;
  open_database(arguments[1]);
  double seconds = write_rows(records, atoi(arguments[3]));
  sqlite3_close(database);
  printf("{\"records\": %ld, \"seconds\": %.4f, \"records_per_second\": %.0f}\n", records, seconds,
         (double)records / seconds);
  return 0;
}
