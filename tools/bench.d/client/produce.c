#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* What the delivery callback has counted; librdkafka calls it on the thread that polls. */
struct deliveries {
  int64_t good;
  int64_t bad;
};

static struct deliveries delivered;

static void count_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *unused) {
  (void)handle;
  (void)unused;
  if (!message->err) {
    delivered.good++;
  } else if (delivered.bad++ == 0) {
    fprintf(stderr, "bench client: delivery: %s\n", rd_kafka_err2str(message->err));
  }
}

rd_kafka_conf_t *producing_configuration(const struct options *options) {
  rd_kafka_conf_t *configuration = make_configuration(options);
  set(configuration, "acks", options->acks);
  set(configuration, "queue.buffering.max.messages", "1000000");
  set(configuration, "queue.buffering.max.kbytes", "1048576");
  rd_kafka_conf_set_dr_msg_cb(configuration, count_delivery);
  return configuration;
}

double send_all(rd_kafka_t *producer, const struct options *options) {
  enum { places = 4 << 20 };
  char *payload = make_payload(options->value_bytes, places);
  delivered = (struct deliveries){0, 0};
  double began = now();
  for (int64_t i = 0; i < options->records; i++) {
    char key[key_bytes + 1];
    /* A multiplicative hash spreads the keys, and so the records, over the partitions, and makes
     * neighbours of values that begin far from each other. */
    snprintf(key, sizeof key, "k%07u", (unsigned)((uint64_t)i * 2654435761ULL % (uint64_t)options->keys));
    char *value = payload + (uint64_t)i * 2654435761ULL % places;
    int64_t timestamp = options->first_timestamp ? options->first_timestamp + i : 0;
    while (rd_kafka_producev(
               producer, RD_KAFKA_V_TOPIC(options->topic), RD_KAFKA_V_KEY(key, key_bytes),
               RD_KAFKA_V_VALUE(value, options->value_bytes),
               RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
               RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
      rd_kafka_poll(producer, 10);
    if (i % 1024 == 0) rd_kafka_poll(producer, 0);
    if (options->rate && i % 64 == 0) {
      double ahead = (double)i / (double)options->rate - (now() - began);
      if (ahead > 0.001) rd_kafka_poll(producer, (int)(ahead * 1000));
      while ((double)i / (double)options->rate > now() - began) rd_kafka_poll(producer, 1);
    }
  }
  rd_kafka_flush(producer, 300000);
  double seconds = now() - began;
  free(payload);
  if (delivered.bad || delivered.good != options->records)
    die("produce", "not every record was acknowledged");
  return seconds;
}

void produce(const struct options *options) {
  rd_kafka_t *producer = open_producer(options, producing_configuration(options));
  count_partitions(producer, options->topic);
  double seconds = send_all(producer, options);
  printf("{\"records\": %lld, \"seconds\": %.4f, \"records_per_second\": %.0f}\n",
         (long long)options->records, seconds, (double)options->records / seconds);
  rd_kafka_destroy(producer);
}
