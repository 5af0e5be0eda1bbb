#include <stdio.h>
#include <stdlib.h>

#include "client.h"

/* One record in flight: from the call to its acknowledgement. */

static bool answered;

static void note_answer(rd_kafka_t *handle, const rd_kafka_message_t *message, void *unused) {
  (void)handle;
  (void)unused;
  if (message->err) die("delivery", rd_kafka_err2str(message->err));
  answered = true;
}

static double send_one(rd_kafka_t *producer, const struct options *options, char *payload) {
  double began = now();
  answered = false;
  rd_kafka_resp_err_t error = rd_kafka_producev(
      producer, RD_KAFKA_V_TOPIC(options->topic), RD_KAFKA_V_PARTITION(0),
      RD_KAFKA_V_KEY("latency", key_bytes - 1),
      RD_KAFKA_V_VALUE(payload, options->value_bytes), RD_KAFKA_V_END);
  if (error) die("produce", rd_kafka_err2str(error));
  while (!answered) rd_kafka_poll(producer, 1000);
  return now() - began;
}

void measure_latency(const struct options *options) {
  rd_kafka_conf_t *configuration = make_configuration(options);
  set(configuration, "acks", options->acks);
  set(configuration, "linger.ms", "0");
  rd_kafka_conf_set_dr_msg_cb(configuration, note_answer);
  rd_kafka_t *producer = open_producer(options, configuration);
  count_partitions(producer, options->topic);
  char *payload = make_payload(options->value_bytes, 0);
  size_t count = (size_t)options->records;
  double *samples = malloc(count * sizeof *samples);
  if (!samples) die("samples", "out of memory");
  for (int i = 0; i < warm_up; i++) send_one(producer, options, payload);
  for (size_t i = 0; i < count; i++) samples[i] = send_one(producer, options, payload);
  printf("{\"records\": %zu, \"all_records\": %zu, \"p50_microseconds\": %.1f,"
         " \"p99_microseconds\": %.1f}\n",
         count, count + warm_up, percentile(samples, count, 0.5) * 1e6,
         percentile(samples, count, 0.99) * 1e6);
  free(samples);
  free(payload);
  rd_kafka_destroy(producer);
}
