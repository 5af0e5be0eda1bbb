#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

enum { prefix_bytes = 4, header_limit = 32, answer_timeout = 10000 };

unsigned char *put(unsigned char *at, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; i--) *at++ = (unsigned char)(value >> (8 * i));
  return at;
}

unsigned char *put_string(unsigned char *at, const char *text) {
  size_t length = strlen(text);
  at = put(at, length, 2);
  memcpy(at, text, length);
  return at + length;
}

unsigned char *begin_request(struct caller *one, size_t body_limit, int api, int version) {
  one->frame = malloc(prefix_bytes + header_limit + body_limit);
  if (!one->frame) die("frame", "out of memory");
  unsigned char *at = one->frame + prefix_bytes;
  at = put(at, (uint64_t)api, 2);
  at = put(at, (uint64_t)version, 2);
  at = put(at, 1, 4); /* correlation id */
  return put_string(at, "bench");
}

void end_request(struct caller *one, const unsigned char *end) {
  one->frame_size = (size_t)(end - one->frame);
  put(one->frame, one->frame_size - prefix_bytes, prefix_bytes);
}

size_t partition_error_at(size_t topics_at, const char *topic) {
  return topics_at + 4 + 2 + strlen(topic) + 4 + 4; /* counts, the name, the partition's index */
}

static int open_socket(const char *address) {
  char host[128];
  const char *colon = strrchr(address, ':');
  if (!colon || (size_t)(colon - address) >= sizeof host) die("broker", address);
  snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  if (getaddrinfo(host, colon + 1, &hints, &found)) die("broker", address);
  int descriptor = socket(found->ai_family, found->ai_socktype, 0);
  if (descriptor < 0 || connect(descriptor, found->ai_addr, found->ai_addrlen))
    die("connect", strerror(errno));
  int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  freeaddrinfo(found);
  return descriptor;
}

static void ask(struct caller *one) {
  if (one->counter_at) put(one->frame + one->counter_at, (uint64_t)one->counter, 8);
  one->counter += one->step;
  one->received = 0;
  one->began = now();
  for (size_t sent = 0; sent < one->frame_size;) {
    ssize_t count = write(one->socket, one->frame + sent, one->frame_size - sent);
    if (count < 0) die("send", strerror(errno));
    sent += (size_t)count;
  }
}

/* Whether the whole answer is there; it must have the error code that is expected. */
static bool hear(struct caller *one) {
  ssize_t count =
      read(one->socket, one->answer + one->received, sizeof one->answer - one->received);
  if (count <= 0) die("receive", count == 0 ? "the broker closed the connection" : strerror(errno));
  one->received += (size_t)count;
  if (one->received < prefix_bytes) return false;
  size_t size = prefix_bytes;
  for (int i = 0; i < prefix_bytes; i++) size += (size_t)one->answer[i] << (24 - 8 * i);
  if (size > sizeof one->answer) die("receive", "the answer is longer than any of ours");
  if (one->received < size) return false;
  if (one->error_at + 2 > size) die("receive", "the answer is too short");
  int error = one->answer[one->error_at] << 8 | one->answer[one->error_at + 1];
  if (error != one->error) die("answer", rd_kafka_err2str((rd_kafka_resp_err_t)error));
  return true;
}

/* Asks until `count` have been answered; their times, in the order of the answers. */
static double ask_and_hear(struct caller *all, int clients, size_t count, double *samples) {
  struct pollfd waiting[max_clients];
  size_t asked = 0, answered = 0;
  double began = now();
  for (int i = 0; i < clients; i++) {
    waiting[i] = (struct pollfd){.fd = all[i].socket, .events = POLLIN};
    ask(&all[i]);
    asked++;
  }
  while (answered < asked) {
    if (poll(waiting, (nfds_t)clients, answer_timeout) <= 0) die("receive", "no answer in 10 s");
    for (int i = 0; i < clients; i++) {
      if (!waiting[i].revents || !hear(&all[i])) continue;
      samples[answered++] = now() - all[i].began;
      if (asked < count) {
        ask(&all[i]);
        asked++;
      }
    }
  }
  return now() - began;
}

void call_all(struct caller *all, const struct options *options, const char *address,
              const char *what) {
  size_t clients = (size_t)options->clients;
  size_t count = (size_t)options->records < clients ? clients : (size_t)options->records;
  size_t before = count / 10 < warm_up ? count / 10 : warm_up;
  if (before < clients) before = clients;
  double *samples = malloc(count * sizeof *samples);
  if (!samples) die("samples", "out of memory");
  for (size_t i = 0; i < clients; i++) all[i].socket = open_socket(address);
  ask_and_hear(all, options->clients, before, samples);
  double seconds = ask_and_hear(all, options->clients, count, samples);
  printf("{\"%s\": %zu, \"all_%s\": %zu, \"%s_per_second\": %.0f, \"p50_microseconds\": %.1f,"
         " \"p99_microseconds\": %.1f}\n",
         what, count, what, count + before, what, (double)count / seconds,
         percentile(samples, count, 0.5) * 1e6, percentile(samples, count, 0.99) * 1e6);
  for (size_t i = 0; i < clients; i++) {
    close(all[i].socket);
    free(all[i].frame);
  }
  free(samples);
}
