// Tells the thread sanitizer of the slow path of the standard library's `Mutex`.
//
// Its fast path is compiled into the caller and instrumented like everything else. The slow path, taken
// when a lock is contended, is in libswiftSynchronization, which is not: the sanitizer sees two threads
// in one critical section and nothing between them, and reports a race for every such meeting. Preloaded
// into the tests, this stands before the two functions and adds the edge that is really there.

#define _GNU_SOURCE  // RTLD_NEXT

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Weak, since `swift test` itself, which is not sanitized, inherits what is preloaded.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

SWIFT void acta_lock_slow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void acta_unlock_slow(SELF) __asm__(UNLOCK);

SWIFT void acta_lock_slow(uint32_t thread, SELF) {
  SWIFT void (*lock)(uint32_t, SELF) = (SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK);
  lock(thread, self);
  if (__tsan_acquire != NULL) __tsan_acquire(self);
}

SWIFT void acta_unlock_slow(SELF) {
  SWIFT void (*unlock)(SELF) = (SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK);
  if (__tsan_release != NULL) __tsan_release(self);
  unlock(self);
}
