#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* From the call that sends a record to its arrival at a consumer that waits at the log's end, at a rate that leaves
 * the broker in peace. The consumer reads partition 0 only; who else writes elsewhere is not its affair. */

enum { idle_seconds = 20 };

struct arrivals {
  rd_kafka_t *consumer;
  double *samples;
  int64_t wanted;
  int64_t got;
};

static void *receive(void *argument) {
  struct arrivals *arrivals = argument;
  rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(arrivals->consumer);
  double last = now();
  while (arrivals->got < arrivals->wanted && now() - last < idle_seconds) {
    rd_kafka_message_t *message = rd_kafka_consume_queue(queue, 100);
    if (!message) continue;
    if (!message->err && message->len >= sizeof(double)) {
      double sent;
      memcpy(&sent, message->payload, sizeof sent);
      last = now();
      arrivals->samples[arrivals->got++] = last - sent;
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_queue_destroy(queue);
  return NULL;
}

static void sleep_until(rd_kafka_t *producer, double due) {
  for (double left = due - now(); left > 0; left = due - now())
    rd_kafka_poll(producer, left > 0.001 ? (int)(left * 1000) : 0);
}

static void send_now(rd_kafka_t *producer, const struct options *options, char *payload) {
  double sent = now();
  memcpy(payload, &sent, sizeof sent);
  rd_kafka_resp_err_t error = rd_kafka_producev(
      producer, RD_KAFKA_V_TOPIC(options->topic), RD_KAFKA_V_PARTITION(0),
      RD_KAFKA_V_KEY("latency", key_bytes - 1), RD_KAFKA_V_VALUE(payload, options->value_bytes),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  if (error) die("produce", rd_kafka_err2str(error));
}

void measure_end_to_end(const struct options *options) {
  if (options->value_bytes < sizeof(double)) die("--value-bytes", "8 at least");
  if (!options->broker || !options->rate) die("end-to-end", "needs --broker and --rate");
  rd_kafka_conf_t *configuration = make_configuration(options);
  set(configuration, "acks", options->acks);
  set(configuration, "linger.ms", "0");
  rd_kafka_t *producer = open_producer(options, configuration);
  count_partitions(producer, options->topic);
  size_t count = (size_t)options->records;
  struct arrivals arrivals = {open_consumer(options, options->broker), malloc(count * sizeof(double)),
                              (int64_t)count, 0};
  if (!arrivals.samples) die("samples", "out of memory");
  char *payload = make_payload(options->value_bytes, 0);
  assign_all(arrivals.consumer, options->topic, 1, RD_KAFKA_OFFSET_END);
  sleep_until(producer, now() + 1); /* it has found the end by then, and waits there */
  pthread_t thread;
  if (pthread_create(&thread, NULL, receive, &arrivals)) die("thread", "none");
  double began = now();
  for (size_t i = 0; i < count; i++) {
    sleep_until(producer, began + (double)i / (double)options->rate);
    send_now(producer, options, payload);
  }
  rd_kafka_flush(producer, 30000);
  pthread_join(thread, NULL);
  if (arrivals.got < arrivals.wanted) die("end-to-end", "not every record arrived");
  printf("{\"records\": %zu, \"p50_microseconds\": %.1f, \"p99_microseconds\": %.1f}\n", count,
         percentile(arrivals.samples, count, 0.5) * 1e6,
         percentile(arrivals.samples, count, 0.99) * 1e6);
  free(arrivals.samples);
  free(payload);
  rd_kafka_consumer_close(arrivals.consumer);
  rd_kafka_destroy(arrivals.consumer);
  rd_kafka_destroy(producer);
}
