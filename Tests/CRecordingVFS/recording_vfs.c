#include "recording_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static sqlite3_vfs *real_vfs;
static sqlite3_vfs layer;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int is_recording;
static recording_operation *operations;
static long long count, capacity;
static struct { int kind, file, skip, code, for_ever; } fault;

typedef struct recorded_file {
  sqlite3_file base;
  int file; /* -1: of no interest */
  sqlite3_file *real;
} recorded_file;

static sqlite3_file *real_file(sqlite3_file *file) { return ((recorded_file *)file)->real; }

/* The fault that this call is to meet, or SQLITE_OK. */
static int meet_fault(int kind, int file) {
  if (fault.code == 0 || fault.kind != kind || fault.file != file) return SQLITE_OK;
  if (fault.skip-- > 0) return SQLITE_OK;
  fault.skip = 0;
  int code = fault.code;
  if (!fault.for_ever) fault.code = 0;
  return code;
}

static int record(sqlite3_file *f, int kind, sqlite3_int64 offset, const void *bytes, int size) {
  int file = ((recorded_file *)f)->file;
  if (file < 0) return SQLITE_OK;
  pthread_mutex_lock(&lock);
  int code = meet_fault(kind, file);
  if (code == SQLITE_OK && is_recording) {
    if (count == capacity) {
      capacity = capacity ? capacity * 2 : 1024;
      operations = realloc(operations, capacity * sizeof *operations);
    }
    unsigned char *copy = 0;
    if (size > 0) {
      copy = malloc(size);
      memcpy(copy, bytes, size);
    }
    operations[count++] = (recording_operation){kind, file, offset, size, copy};
  }
  pthread_mutex_unlock(&lock);
  return code;
}

static int x_close(sqlite3_file *f) {
  sqlite3_file *real = real_file(f);
  return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}
static int x_read(sqlite3_file *f, void *bytes, int size, sqlite3_int64 offset) {
  return real_file(f)->pMethods->xRead(real_file(f), bytes, size, offset);
}
static int x_write(sqlite3_file *f, const void *bytes, int size, sqlite3_int64 offset) {
  int code = record(f, recording_write, offset, bytes, size);
  if (code != SQLITE_OK) return code;
  return real_file(f)->pMethods->xWrite(real_file(f), bytes, size, offset);
}
static int x_truncate(sqlite3_file *f, sqlite3_int64 size) {
  int code = record(f, recording_truncate, size, 0, 0);
  if (code != SQLITE_OK) return code;
  return real_file(f)->pMethods->xTruncate(real_file(f), size);
}
/* The real sync comes first: what is recorded as synced must have been written before. */
static int x_sync(sqlite3_file *f, int flags) {
  int code = real_file(f)->pMethods->xSync(real_file(f), flags);
  if (code != SQLITE_OK) return code;
  return record(f, recording_sync, 0, 0, 0);
}
static int x_file_size(sqlite3_file *f, sqlite3_int64 *size) {
  return real_file(f)->pMethods->xFileSize(real_file(f), size);
}
static int x_lock(sqlite3_file *f, int level) {
  return real_file(f)->pMethods->xLock(real_file(f), level);
}
static int x_unlock(sqlite3_file *f, int level) {
  return real_file(f)->pMethods->xUnlock(real_file(f), level);
}
static int x_check_reserved_lock(sqlite3_file *f, int *result) {
  return real_file(f)->pMethods->xCheckReservedLock(real_file(f), result);
}
static int x_file_control(sqlite3_file *f, int operation, void *argument) {
  return real_file(f)->pMethods->xFileControl(real_file(f), operation, argument);
}
static int x_sector_size(sqlite3_file *f) {
  return real_file(f)->pMethods->xSectorSize(real_file(f));
}
static int x_device_characteristics(sqlite3_file *f) {
  return real_file(f)->pMethods->xDeviceCharacteristics(real_file(f));
}
static int x_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **result) {
  return real_file(f)->pMethods->xShmMap(real_file(f), page, size, extend, result);
}
static int x_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
  return real_file(f)->pMethods->xShmLock(real_file(f), offset, n, flags);
}
static void x_shm_barrier(sqlite3_file *f) {
  real_file(f)->pMethods->xShmBarrier(real_file(f));
}
static int x_shm_unmap(sqlite3_file *f, int delete) {
  return real_file(f)->pMethods->xShmUnmap(real_file(f), delete);
}

static const sqlite3_io_methods methods = {
    2, x_close, x_read, x_write, x_truncate, x_sync, x_file_size, x_lock, x_unlock,
    x_check_reserved_lock, x_file_control, x_sector_size, x_device_characteristics, x_shm_map,
    x_shm_lock, x_shm_barrier, x_shm_unmap};

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out) {
  recorded_file *file = (recorded_file *)f;
  file->real = (sqlite3_file *)(file + 1);
  file->file = flags & SQLITE_OPEN_MAIN_DB ? 0 : flags & SQLITE_OPEN_WAL ? 1 : -1;
  int code = real_vfs->xOpen(real_vfs, name, file->real, flags, out);
  file->base.pMethods = file->real->pMethods ? &methods : 0;
  return code;
}

int recording_register(void) {
  pthread_mutex_lock(&lock);
  int code = SQLITE_OK;
  if (!real_vfs) {
    real_vfs = sqlite3_vfs_find(0);
    layer = *real_vfs;
    layer.zName = "recording";
    layer.szOsFile = sizeof(recorded_file) + real_vfs->szOsFile;
    layer.xOpen = x_open;
    layer.pNext = 0;
    code = sqlite3_vfs_register(&layer, 0);
  }
  pthread_mutex_unlock(&lock);
  return code;
}

void recording_start(void) {
  pthread_mutex_lock(&lock);
  for (long long i = 0; i < count; i++) free((void *)operations[i].bytes);
  count = 0;
  is_recording = 1;
  fault.code = 0;
  pthread_mutex_unlock(&lock);
}

long long recording_stop(void) {
  pthread_mutex_lock(&lock);
  is_recording = 0;
  fault.code = 0;
  long long result = count;
  pthread_mutex_unlock(&lock);
  return result;
}

long long recording_count(void) {
  pthread_mutex_lock(&lock);
  long long result = count;
  pthread_mutex_unlock(&lock);
  return result;
}

recording_operation recording_get(long long index) {
  pthread_mutex_lock(&lock);
  recording_operation result = operations[index];
  pthread_mutex_unlock(&lock);
  return result;
}

void recording_fail(int kind, int file, int skip, int code, int for_ever) {
  pthread_mutex_lock(&lock);
  fault.kind = kind;
  fault.file = file;
  fault.skip = skip;
  fault.code = code;
  fault.for_ever = for_ever;
  pthread_mutex_unlock(&lock);
}
