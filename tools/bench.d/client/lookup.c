#include <stdio.h>
#include <stdlib.h>

#include "client.h"

/* Random look-ups by time, one ListOffsets each, in a topic that `produce --first-timestamp`
 * filled: the timestamps run from there to `records` milliseconds later. */

static double look_up_one(rd_kafka_t *handle, const struct options *options, int partition,
                          int64_t timestamp) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, options->topic, partition)->offset = timestamp;
  double began = now();
  rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(handle, list, 30000);
  double seconds = now() - began;
  if (error) die("look-up", rd_kafka_err2str(error));
  if (list->elems[0].err) die("look-up", rd_kafka_err2str(list->elems[0].err));
  if (list->elems[0].offset < 0 && list->elems[0].offset != RD_KAFKA_OFFSET_END)
    die("look-up", "no offset for a timestamp within the log");
  rd_kafka_topic_partition_list_destroy(list);
  return seconds;
}

void look_up(const struct options *options) {
  enum { look_ups = 2000 };
  static double samples[look_ups];
  rd_kafka_t *handle = open_producer(options, make_configuration(options));
  int partitions = count_partitions(handle, options->topic);
  uint64_t state = options->seed | 1;
  for (int i = -warm_up; i < look_ups; i++) {
    int partition = (int)(next_random(&state) % (uint64_t)partitions);
    int64_t step = (int64_t)(next_random(&state) % (uint64_t)options->records);
    double seconds = look_up_one(handle, options, partition, options->first_timestamp + step);
    if (i >= 0) samples[i] = seconds;
  }
  printf("{\"look_ups\": %d, \"p50_microseconds\": %.1f, \"p99_microseconds\": %.1f}\n", look_ups,
         percentile(samples, look_ups, 0.5) * 1e6, percentile(samples, look_ups, 0.99) * 1e6);
  rd_kafka_destroy(handle);
}
