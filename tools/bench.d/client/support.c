#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"

_Noreturn void die(const char *what, const char *why) {
  fprintf(stderr, "bench client: %s: %s\n", what, why);
  exit(1);
}

double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* xorshift64*; the state must not be zero. */
uint64_t next_random(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * 0x2545F4914F6CDD1DULL;
}

char *make_payload(size_t value_bytes, size_t extra) {
  static const char *const words[] = {"order",   "created", "shipped", "customer",
                                      "pending", "paid",    "eu-west", "retail"};
  uint64_t state = 0x9E3779B97F4A7C15ULL;
  size_t count = value_bytes + extra;
  char *payload = malloc(count);
  if (!payload) die("payload", "out of memory");
  for (size_t at = 0; at < count;) {
    char line[128];
    uint64_t random = next_random(&state);
    size_t length = (size_t)snprintf(
        line, sizeof line, "{\"id\":%u,\"%s\":\"%s\",\"total\":%u,\"status\":\"%s\"}",
        (unsigned)(random % 100000000), words[random >> 32 & 7], words[random >> 36 & 7],
        (unsigned)(random >> 40 & 0xFFFFF), words[random >> 61]);
    if (length > count - at) length = count - at;
    memcpy(payload + at, line, length);
    at += length;
  }
  return payload;
}

static int compare(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

double percentile(double *samples, size_t count, double fraction) {
  if (count == 0) die("percentile", "no samples");
  qsort(samples, count, sizeof *samples, compare);
  size_t index = (size_t)((double)count * fraction);
  return samples[index < count ? index : count - 1];
}
