// What Swift's Glibc module leaves out of the C library.
#include <malloc.h>
#include <sys/eventfd.h>

// <sys/socket.h> declares it only under _GNU_SOURCE, which Swift's importer does not set. That header
// itself must not stand here: what it defines would then no longer be the Glibc module's.
struct sockaddr;
extern int accept4(int, struct sockaddr *, unsigned int *, int);
