#define _GNU_SOURCE /* sync_file_range */
#include "gathering_vfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The rules, each with what would go wrong without it:
 *
 * - Frames are collected while the write lock is held, and only where each begins at the end of the one
 *   before. Whatever is written elsewhere (a header of the log; a frame once more, after a rollback to a
 *   savepoint; checksums that are corrected) goes straight through, behind what was collected.
 * - The page of a commit frame, one whose header tells the size of the database, ends the collecting:
 *   everything is in the file before the wal-index shows it.
 * - Giving up the write lock drops what is left. It belongs to a transaction that was rolled back; written
 *   later, it would overwrite frames that another process has committed meanwhile.
 * - A read, a truncation, a question for the size of the file, and a sync by the thread that collects
 *   write it first. A sync by any other thread does not: it promises what was committed before, and would
 *   write half of a transaction while the other half is being collected.
 *
 * Collected in one buffer and not written by `pwritev`, since no call of SQLite's lends a descriptor: a
 * copy within the processor's cache costs a fraction of a system call.
 *
 * The database itself is written by checkpoints only. Each mebibyte of it is sent on its way to the disk at
 * once, beside the rest of the checkpoint, which else waits for all of it in its fdatasync. That promises
 * nothing: the fdatasync comes all the same. The descriptor for it is SQLite's own, found among those of the
 * process when the file is opened. None is opened for it, because closing it would drop the locks of all
 * connections; where it is not found, or where there is no Linux, nothing is sent ahead. */

enum {
  header_size = 24,         /* of a frame */
  database_size_at = 4,     /* in it, four bytes: not 0 in the frame that commits */
  smallest_page = 512,
  capacity = 0x1ffff,       /* "unix" takes no more at once, and makes nothing of one byte more */
  written_ahead = 1 << 20,  /* bytes; ARCHITECTURE.md says what it is for */
  write_lock = 0            /* WAL_WRITE_LOCK of SQLite's file format, section 2.2.2 */
};

typedef struct gathering_file {
  sqlite3_file base;
  sqlite3_file *real;
  struct gathering_file *log; /* of a database: its write-ahead log, while that is open */
  struct gathering_file *database; /* of a log: whose it is */
  /* Of a database: what was written since some of it was sent to the disk, and where. */
  int descriptor; /* -1: none */
  int written;    /* bytes */
  sqlite3_int64 first, past;
  /* Of a log. */
  unsigned char *collected;
  int count;
  sqlite3_int64 end;  /* where the next frame goes on; -1: nothing is collected until a frame begins */
  int awaits_first;   /* the lock was taken, and no frame was written since */
  int commits;        /* the frame at hand is one that commits */
  _Atomic unsigned long owner; /* the thread that holds the write lock */
} gathering_file;

static gathering_file *self(sqlite3_file *file) { return (gathering_file *)file; }
static sqlite3_file *real(sqlite3_file *file) { return self(file)->real; }

static void drop(gathering_file *log) {
  log->count = 0;
  log->end = -1;
  log->awaits_first = 0;
  log->commits = 0;
}

/* After an error the transaction is rolled back, and what was collected of it with it. */
static int flush(gathering_file *log) {
  if (log->count == 0) return SQLITE_OK;
  int count = log->count;
  log->count = 0;
  return log->real->pMethods->xWrite(log->real, log->collected, count, log->end - count);
}

static int write_through(
    gathering_file *log, const void *bytes, int size, sqlite3_int64 offset) {
  int code = flush(log);
  if (code != SQLITE_OK) return code;
  return log->real->pMethods->xWrite(log->real, bytes, size, offset);
}

static int collect(gathering_file *log, const void *bytes, int size) {
  if (log->count + size > capacity) {
    int code = flush(log);
    if (code != SQLITE_OK) return code;
  }
  memcpy(log->collected + log->count, bytes, (size_t)size);
  log->count += size;
  log->end += size;
  return log->commits && size >= smallest_page ? flush(log) : SQLITE_OK;
}

static void send_ahead(gathering_file *database, int size, sqlite3_int64 offset) {
#ifdef SYNC_FILE_RANGE_WRITE
  if (database->descriptor < 0) return;
  if (database->written == 0) database->first = database->past = offset;
  database->written += size;
  if (offset < database->first) database->first = offset;
  if (offset + size > database->past) database->past = offset + size;
  if (database->written < written_ahead) return;
  database->written = 0;
  /* Whatever it says: whether the bytes arrive, the sync will tell. */
  (void)sync_file_range(
      database->descriptor, database->first, database->past - database->first,
      SYNC_FILE_RANGE_WRITE);
#endif
}

static int write_page(gathering_file *database, const void *bytes, int size, sqlite3_int64 offset) {
  int code = database->real->pMethods->xWrite(database->real, bytes, size, offset);
  if (code == SQLITE_OK) send_ahead(database, size, offset);
  return code;
}

static int begins_commit(const unsigned char *header) {
  const unsigned char *size = header + database_size_at;
  return (size[0] | size[1] | size[2] | size[3]) != 0;
}

static int x_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset) {
  gathering_file *log = self(file);
  if (!log->collected) return write_page(log, bytes, size, offset);
  if (size == header_size && log->awaits_first) {
    log->awaits_first = 0;
    log->end = offset;
  }
  if (size == header_size) log->commits = begins_commit(bytes);
  if (offset != log->end || size > capacity) return write_through(log, bytes, size, offset);
  return collect(log, bytes, size);
}

static int x_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset) {
  int code = flush(self(file));
  return code != SQLITE_OK ? code : real(file)->pMethods->xRead(real(file), bytes, size, offset);
}

static int x_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int code = flush(self(file));
  return code != SQLITE_OK ? code : real(file)->pMethods->xTruncate(real(file), size);
}

static int x_file_size(sqlite3_file *file, sqlite3_int64 *size) {
  int code = flush(self(file));
  return code != SQLITE_OK ? code : real(file)->pMethods->xFileSize(real(file), size);
}

static int x_sync(sqlite3_file *file, int flags) {
  gathering_file *log = self(file);
  log->written = 0;
  if (log->collected && atomic_load(&log->owner) == (unsigned long)pthread_self()) {
    int code = flush(log);
    if (code != SQLITE_OK) return code;
  }
  return real(file)->pMethods->xSync(real(file), flags);
}

/* The locks of a log are those of the database's shared memory. */
static int x_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
  gathering_file *log = offset == write_lock ? self(file)->log : 0;
  if (log && flags & SQLITE_SHM_UNLOCK) {
    drop(log);
    atomic_store(&log->owner, 0);
  }
  int code = real(file)->pMethods->xShmLock(real(file), offset, n, flags);
  if (log && code == SQLITE_OK && flags & SQLITE_SHM_LOCK && flags & SQLITE_SHM_EXCLUSIVE) {
    atomic_store(&log->owner, (unsigned long)pthread_self());
    log->awaits_first = 1;
  }
  return code;
}

static int x_close(sqlite3_file *file) {
  gathering_file *closing = self(file);
  if (closing->log) closing->log->database = 0;
  if (closing->database) closing->database->log = 0;
  free(closing->collected);
  return real(file)->pMethods ? real(file)->pMethods->xClose(real(file)) : SQLITE_OK;
}

/* As they are. */
static int x_lock(sqlite3_file *file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}
static int x_unlock(sqlite3_file *file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
static int x_check_reserved_lock(sqlite3_file *file, int *result) {
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
static int x_file_control(sqlite3_file *file, int operation, void *argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
static int x_sector_size(sqlite3_file *file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
static int x_device_characteristics(sqlite3_file *file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
static int x_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **result) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, result);
}
static void x_shm_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }
static int x_shm_unmap(sqlite3_file *file, int delete) {
  return real(file)->pMethods->xShmUnmap(real(file), delete);
}

/* Version 2: without memory mapping of the database, which the writer does not use. */
static const sqlite3_io_methods methods = {
    2, x_close, x_read, x_write, x_truncate, x_sync, x_file_size, x_lock, x_unlock,
    x_check_reserved_lock, x_file_control, x_sector_size, x_device_characteristics, x_shm_map,
    x_shm_lock, x_shm_barrier, x_shm_unmap};

/* A layer, registered for as long as the process lives. */
typedef struct layer {
  sqlite3_vfs vfs;
  sqlite3_vfs *base;
  struct layer *next;
  char name[];
} layer;

static int open_log(gathering_file *file, const char *name) {
  file->database = self(sqlite3_database_file_object(name));
  file->collected = malloc(capacity);
  if (!file->collected) return SQLITE_NOMEM;
  file->database->log = file;
  drop(file);
  return SQLITE_OK;
}

/* The process's descriptors of one file, as many as are of interest. */
typedef struct {
  int count;
  int numbers[32];
} descriptors;

static int has(const descriptors *all, int number) {
  for (int i = 0; i < all->count; i++)
    if (all->numbers[i] == number) return 1;
  return 0;
}

static descriptors descriptors_of(const char *name) {
  descriptors all = {0};
  struct stat wanted, found;
  DIR *directory = stat(name, &wanted) == 0 ? opendir("/proc/self/fd") : 0;
  if (!directory) return all;
  struct dirent *entry;
  while ((entry = readdir(directory)) && all.count < (int)(sizeof all.numbers / sizeof *all.numbers)) {
    char *end;
    long number = strtol(entry->d_name, &end, 10);
    if (end == entry->d_name || *end || fstat((int)number, &found) != 0) continue;
    if (found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino)
      all.numbers[all.count++] = (int)number;
  }
  closedir(directory);
  return all;
}

/* The one that was opened since; -1 if "unix" took one up that another connection had left. */
static int new_descriptor(const descriptors *before, const char *name) {
  descriptors now = descriptors_of(name);
  for (int i = 0; i < now.count; i++)
    if (!has(before, now.numbers[i])) return now.numbers[i];
  return -1;
}

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *opened, int flags, int *out) {
  sqlite3_vfs *base = ((layer *)vfs)->base;
  gathering_file *file = self(opened);
  memset(file, 0, sizeof *file);
  file->descriptor = -1;
  file->real = (sqlite3_file *)(file + 1);
  int is_database = name && flags & SQLITE_OPEN_MAIN_DB;
  descriptors before = {0};
  if (is_database) before = descriptors_of(name);
  int code = base->xOpen(base, name, file->real, flags, out);
  if (is_database && code == SQLITE_OK) file->descriptor = new_descriptor(&before, name);
  file->base.pMethods = file->real->pMethods ? &methods : 0;
  /* SQLite closes what has methods, also after an error. */
  return code == SQLITE_OK && flags & SQLITE_OPEN_WAL ? open_log(file, name) : code;
}

static layer *make_layer(sqlite3_vfs *base) {
  static const char prefix[] = "acta-gathering-";
  layer *made = malloc(sizeof *made + sizeof prefix + strlen(base->zName));
  if (!made) return 0;
  made->vfs = *base;
  made->base = base;
  strcpy(made->name, prefix);
  strcat(made->name, base->zName);
  made->vfs.zName = made->name;
  made->vfs.szOsFile = (int)sizeof(gathering_file) + base->szOsFile;
  made->vfs.xOpen = x_open;
  made->vfs.pNext = 0;
  if (sqlite3_vfs_register(&made->vfs, 0) == SQLITE_OK) return made;
  free(made);
  return 0;
}

const char *acta_gathering_vfs(const char *base_name) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static layer *layers;
  sqlite3_vfs *base = sqlite3_vfs_find(base_name);
  if (!base) return 0;
  pthread_mutex_lock(&lock);
  layer *found = layers;
  while (found && found->base != base) found = found->next;
  if (!found && (found = make_layer(base))) {
    found->next = layers;
    layers = found;
  }
  pthread_mutex_unlock(&lock);
  return found ? found->name : 0;
}
