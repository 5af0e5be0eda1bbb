// glibc's allocator settings; <malloc.h> is not in Swift's Glibc module.
#include <malloc.h>
