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

/* Commits of offsets by consumers that are no members, over plain sockets: each client has its own
 * connection and group, and one OffsetCommit (version 7) in flight. No library is between, because
 * fifty of them would measure themselves. */

enum { frame_limit = 512, offset_commit = 8, version = 7 };

struct committer {
  int socket;
  int64_t next_offset;
  double began;
  size_t offset_at; /* where in the frame the committed offset is */
  size_t frame_size;
  unsigned char frame[frame_limit];
  unsigned char answer[frame_limit];
  size_t received;
};

static unsigned char *put(unsigned char *at, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; i--) *at++ = (unsigned char)(value >> (8 * i));
  return at;
}

static unsigned char *put_string(unsigned char *at, const char *text) {
  size_t length = strlen(text);
  at = put(at, length, 2);
  memcpy(at, text, length);
  return at + length;
}

/* The frame is the same for every commit of a client, but for the offset. */
static void make_frame(struct committer *one, const char *topic, int number, int partition) {
  char group[32];
  snprintf(group, sizeof group, "committer-%d", number);
  if (strlen(topic) > 200) die("topic", "the name is too long");
  unsigned char *at = one->frame + 4;
  at = put(at, offset_commit, 2);
  at = put(at, version, 2);
  at = put(at, 1, 4); /* correlation id */
  at = put_string(at, "bench");
  at = put_string(at, group);
  at = put(at, (uint64_t)-1, 4); /* generation: none */
  at = put_string(at, "");       /* member: none */
  at = put(at, (uint64_t)-1, 2); /* instance: null */
  at = put(at, 1, 4);            /* topics */
  at = put_string(at, topic);
  at = put(at, 1, 4); /* partitions */
  at = put(at, (uint64_t)partition, 4);
  one->offset_at = (size_t)(at - one->frame);
  at = put(at, 0, 8);
  at = put(at, (uint64_t)-1, 4); /* leader epoch: not known */
  at = put(at, (uint64_t)-1, 2); /* metadata: null */
  one->frame_size = (size_t)(at - one->frame);
  put(one->frame, one->frame_size - 4, 4);
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

static void send_commit(struct committer *one) {
  put(one->frame + one->offset_at, (uint64_t)one->next_offset, 8);
  one->received = 0;
  one->began = now();
  if (write(one->socket, one->frame, one->frame_size) != (ssize_t)one->frame_size)
    die("send", strerror(errno));
}

/* Whether the whole answer is there; it must say that the offset is committed. */
static bool receive(struct committer *one) {
  ssize_t count =
      read(one->socket, one->answer + one->received, sizeof one->answer - one->received);
  if (count <= 0) die("receive", count == 0 ? "the broker closed the connection" : strerror(errno));
  one->received += (size_t)count;
  if (one->received < 4) return false;
  size_t size = 4 + ((size_t)one->answer[2] << 8 | one->answer[3]);
  if (one->received < size) return false;
  int error = one->answer[size - 2] << 8 | one->answer[size - 1];
  if (error) die("commit", rd_kafka_err2str((rd_kafka_resp_err_t)error));
  return true;
}

/* Commits until `count` have been answered; their times, in the order of the answers. */
static double commit_all(struct committer *all, int clients, size_t count, bool moving,
                         double *samples) {
  struct pollfd waiting[max_clients];
  size_t sent = 0, answered = 0;
  double began = now();
  for (int i = 0; i < clients; i++) {
    waiting[i] = (struct pollfd){.fd = all[i].socket, .events = POLLIN};
    send_commit(&all[i]);
    sent++;
  }
  while (answered < sent) {
    if (poll(waiting, (nfds_t)clients, 10000) <= 0) die("commit", "no answer within 10 s");
    for (int i = 0; i < clients; i++) {
      if (!waiting[i].revents || !receive(&all[i])) continue;
      samples[answered++] = now() - all[i].began;
      all[i].next_offset += moving;
      if (sent < count) {
        send_commit(&all[i]);
        sent++;
      }
    }
  }
  return now() - began;
}

void measure_commits(const struct options *options) {
  rd_kafka_t *producer = open_producer(options, make_configuration(options));
  int partitions = count_partitions(producer, options->topic);
  const char *address = options->broker;
  if (!address) address = rd_kafka_mock_cluster_bootstraps(rd_kafka_handle_mock_cluster(producer));
  int clients = options->clients;
  size_t count = (size_t)options->records;
  if (count < (size_t)clients) count = (size_t)clients;
  struct committer *all = calloc((size_t)clients, sizeof *all);
  double *samples = malloc((count > warm_up ? count : warm_up) * sizeof *samples);
  if (!all || !samples) die("samples", "out of memory");
  for (int i = 0; i < clients; i++) {
    all[i].socket = open_socket(address);
    make_frame(&all[i], options->topic, i, i % partitions);
  }
  commit_all(all, clients, warm_up, !options->unmoving, samples);
  double seconds = commit_all(all, clients, count, !options->unmoving, samples);
  printf("{\"commits\": %zu, \"commits_per_second\": %.0f, \"p50_microseconds\": %.1f,"
         " \"p99_microseconds\": %.1f}\n",
         count, (double)count / seconds, percentile(samples, count, 0.5) * 1e6,
         percentile(samples, count, 0.99) * 1e6);
  for (int i = 0; i < clients; i++) close(all[i].socket);
  free(samples);
  free(all);
  rd_kafka_destroy(producer);
}
