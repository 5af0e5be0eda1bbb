#include <stdio.h>

#include "client.h"

enum { batch_records = 10000, idle_seconds = 20 };

/* The mock keeps only the newest 5 MB of each partition: what there is, is read. */
static int64_t records_there(rd_kafka_t *handle, const char *topic, int partitions) {
  int64_t there = 0;
  for (int number = 0; number < partitions; number++) {
    int64_t low, high;
    rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(handle, topic, number, &low, &high, 10000);
    if (error) die("watermarks", rd_kafka_err2str(error));
    there += high - low;
  }
  return there;
}

rd_kafka_t *open_consumer(const struct options *options, const char *bootstrap) {
  char error[512];
  struct options at = *options;
  at.broker = bootstrap;
  rd_kafka_conf_t *configuration = make_configuration(&at);
  set(configuration, "group.id", "bench");
  set(configuration, "enable.auto.commit", "false");
  set(configuration, "auto.offset.reset", "earliest");
  rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, error, sizeof error);
  if (!consumer) die("consumer", error);
  rd_kafka_poll_set_consumer(consumer);
  return consumer;
}

void assign_all(rd_kafka_t *consumer, const char *topic, int partitions, int64_t offset) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
  for (int number = 0; number < partitions; number++)
    rd_kafka_topic_partition_list_add(list, topic, number)->offset = offset;
  rd_kafka_resp_err_t error = rd_kafka_assign(consumer, list);
  if (error) die("assign", rd_kafka_err2str(error));
  rd_kafka_topic_partition_list_destroy(list);
}

/* Reads `wanted` records of every partition. The clock runs from the assignment, since librdkafka
 * fetches ahead of what it hands over: from the first record on it would flatter short logs. */
static void read_all(rd_kafka_t *consumer, const char *topic, int partitions, int64_t wanted) {
  static rd_kafka_message_t *messages[batch_records];
  rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
  double began = now(), last = began;
  int64_t got = 0, bytes = 0;
  assign_all(consumer, topic, partitions, RD_KAFKA_OFFSET_BEGINNING);
  while (got < wanted) {
    ssize_t count = rd_kafka_consume_batch_queue(queue, 200, messages, batch_records);
    int64_t before = got;
    for (ssize_t i = 0; i < count; i++) {
      if (!messages[i]->err) {
        got++;
        bytes += (int64_t)messages[i]->len;
      }
      rd_kafka_message_destroy(messages[i]);
    }
    if (got > before) last = now();
    if (now() - last > idle_seconds) die("consume", "nothing came any more");
  }
  rd_kafka_queue_destroy(queue);
  double seconds = last - began;
  printf("{\"records\": %lld, \"value_bytes\": %lld, \"seconds\": %.4f, "
         "\"records_per_second\": %.0f}\n",
         (long long)got, (long long)bytes, seconds, (double)got / seconds);
}

void consume(const struct options *options) {
  const char *bootstrap = options->broker;
  int64_t wanted = options->records;
  rd_kafka_t *filler = NULL;
  if (!bootstrap) {
    filler = open_producer(options, producing_configuration(options));
    int partitions = count_partitions(filler, options->topic);
    send_all(filler, options);
    bootstrap = address_of(filler, options);
    wanted = records_there(filler, options->topic, partitions);
  }
  rd_kafka_t *consumer = open_consumer(options, bootstrap);
  read_all(consumer, options->topic, count_partitions(consumer, options->topic), wanted);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  if (filler) rd_kafka_destroy(filler);
}
