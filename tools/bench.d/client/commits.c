#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* Commits of offsets by consumers that are no members: each client has its own connection and
 * group, and one OffsetCommit (version 7) in flight. */

enum { offset_commit = 8, version = 7, body_limit = 256 };

/* The frame is the same for every commit of a client, but for the offset. */
static void make_frame(struct caller *one, const char *topic, int number, int partition) {
  char group[32];
  snprintf(group, sizeof group, "committer-%d", number);
  unsigned char *at = begin_request(one, body_limit + strlen(topic), offset_commit, version);
  at = put_string(at, group);
  at = put(at, (uint64_t)-1, 4); /* generation: none */
  at = put_string(at, "");       /* member: none */
  at = put(at, (uint64_t)-1, 2); /* instance: null */
  at = put(at, 1, 4);            /* topics */
  at = put_string(at, topic);
  at = put(at, 1, 4); /* partitions */
  at = put(at, (uint64_t)partition, 4);
  one->counter_at = (size_t)(at - one->frame);
  at = put(at, 0, 8);
  at = put(at, (uint64_t)-1, 4); /* leader epoch: not known */
  at = put(at, (uint64_t)-1, 2); /* metadata: null */
  end_request(one, at);
  one->error_at = partition_error_at(4 + 4 + 4, topic); /* size, correlation id, throttle time */
}

void measure_commits(const struct options *options) {
  rd_kafka_t *producer = open_producer(options, make_configuration(options));
  int partitions = count_partitions(producer, options->topic);
  struct caller *all = calloc((size_t)options->clients, sizeof *all);
  if (!all) die("clients", "out of memory");
  for (int i = 0; i < options->clients; i++) {
    make_frame(&all[i], options->topic, i, i % partitions);
    all[i].step = !options->unmoving;
  }
  call_all(all, options, address_of(producer, options), "commits");
  free(all);
  rd_kafka_destroy(producer);
}
