// What Swift's Glibc module leaves out of the C library.
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared by <sys/socket.h> only under _GNU_SOURCE, which Swift's importer does not set.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
