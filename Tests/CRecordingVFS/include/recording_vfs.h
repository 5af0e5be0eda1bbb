/* A SQLite file layer that records every write, truncation and sync of a database and its
 * write-ahead log, so that a test can make the files that a loss of power would leave behind; and
 * that fails the calls it is told to fail. One recording at a time in a process. */
#ifndef RECORDING_VFS_H
#define RECORDING_VFS_H

enum recording_kind { recording_write = 1, recording_truncate = 2, recording_sync = 3 };

/* 0 is the database, 1 its write-ahead log. */
typedef struct recording_operation {
  int kind;
  int file;
  long long offset; /* of a write; the new size of a truncation */
  long long size;   /* of a write */
  const unsigned char *bytes;
} recording_operation;

/* Registers the layer "recording" over the default one. 0 is success. */
int recording_register(void);

/* Starts a new recording and forgets the faults. */
void recording_start(void);
/* Stops it and returns the number of operations. */
long long recording_stop(void);
/* Operations so far. */
long long recording_count(void);
recording_operation recording_get(long long index);

/* The call of `kind` on `file` that follows `skip` others returns `code`, and so does every later
 * one if `for_ever` is not 0. */
void recording_fail(int kind, int file, int skip, int code, int for_ever);

#endif
