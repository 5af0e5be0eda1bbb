// What Swift's Glibc module leaves out of the C library.
#include <getopt.h>
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared by <sys/socket.h> only under _GNU_SOURCE, which Swift's importer does not set.
extern int accept4(int, struct sockaddr *, socklen_t *, int);

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
