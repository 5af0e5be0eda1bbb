/* SQLite as Swift can see it: variadic functions and cast macros folded into plain functions, and
 * the two structures that a virtual table hands to SQLite, each with room for our own pointer. */
#ifndef ACTA_CSQLITE_SHIM_H
#define ACTA_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <sys/prctl.h>

/* sqlite3_config with one int argument (SQLITE_CONFIG_MEMSTATUS and the like). */
static inline int acta_sqlite3_config_int(int option, int value) {
  return sqlite3_config(option, value);
}

/* sqlite3_db_config for the options that take (int, int *): sets and reads back. */
static inline int acta_sqlite3_db_config_flag(
    sqlite3 *db, int option, int value, int *current) {
  return sqlite3_db_config(db, option, value, current);
}

/* sqlite3_vtab_config with an option that takes nothing (SQLITE_VTAB_DIRECTONLY and the like). */
static inline int acta_sqlite3_vtab_config(sqlite3 *db, int option) {
  return sqlite3_vtab_config(db, option);
}

/* The destructor value that makes SQLite copy the bytes it is given. */
static inline sqlite3_destructor_type acta_sqlite3_transient(void) {
  return SQLITE_TRANSIENT;
}

/* Calls xSync of the write-ahead log's file object: what a COMMIT at synchronous=FULL adds to one
 * at NORMAL. `file` comes from SQLITE_FCNTL_JOURNAL_POINTER. */
static inline int acta_sqlite3_file_sync(sqlite3_file *file) {
  return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

/* 1 if the file object is open. */
static inline int acta_sqlite3_file_is_open(sqlite3_file *file) {
  return file != 0 && file->pMethods != 0;
}

/* The calling thread's sleeps end within a microsecond of their time, not within the usual 50. */
static inline void acta_sleep_exactly(void) {
  prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
}

typedef struct acta_vtab {
  sqlite3_vtab base;
  void *context;
} acta_vtab;

typedef struct acta_vtab_cursor {
  sqlite3_vtab_cursor base;
  void *context;
} acta_vtab_cursor;

#endif
