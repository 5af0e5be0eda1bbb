// What Swift's Glibc module leaves out of the C library.
#include <getopt.h>
#include <malloc.h>
#include <sys/eventfd.h>

// <sys/socket.h> declares it only under _GNU_SOURCE, which Swift's importer does not set. That header
// itself must not stand here: what it defines would then no longer be the Glibc module's.
struct sockaddr;
extern int accept4(int, struct sockaddr *, unsigned int *, int);

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
