// What Swift's Glibc module leaves out of the C library.
#include <fcntl.h>
#include <getopt.h>
#include <linux/stat.h>
#include <malloc.h>
#include <sys/eventfd.h>

// <sys/socket.h> declares it only under _GNU_SOURCE, which Swift's importer does not set. That header
// itself must not stand here: what it defines would then no longer be the Glibc module's.
struct sockaddr;
extern int accept4(int, struct sockaddr *, unsigned int *, int);

// <sys/stat.h> declares it only under _GNU_SOURCE, too.
extern int statx(int, const char *, int, unsigned int, struct statx *);

struct acta_file_look {
  unsigned int device_major, device_minor;
  unsigned long long inode, bytes;
};

// Which file a path leads to and how long it is; not 0 when that is not known.
//
// It asks for no times, as `stat` does: where times are finer than the clock's tick (Linux 6.13 and later), a
// time that somebody has looked at has the next write change it, and the sync after it write the inode as well.
static inline int acta_look_at(const char *path, struct acta_file_look *look) {
  struct statx found;
  if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_SIZE, &found) != 0) return -1;
  look->device_major = found.stx_dev_major;
  look->device_minor = found.stx_dev_minor;
  look->inode = found.stx_ino;
  look->bytes = found.stx_size;
  return 0;
}

// getopt keeps its state in variables, which Swift 6 does not let anyone touch.

// Forgets the last scan, also what it had read of a word; getopt's own messages are off.
static inline void acta_getopt_begin(void) {
  optind = 0;
  opterr = 0;
}

// Where the next scan of a word begins.
static inline int acta_getopt_index(void) { return optind; }
static inline void acta_getopt_continue_at(int index) { optind = index; }

// What the last call has found: the option's value, and the option that is not right.
static inline char *acta_getopt_value(void) { return optarg; }
static inline int acta_getopt_culprit(void) { return optopt; }
