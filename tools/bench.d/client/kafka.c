#include <stdio.h>
#include <string.h>

#include "client.h"

void set(rd_kafka_conf_t *configuration, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(configuration, name, value, error, sizeof error) != RD_KAFKA_CONF_OK)
    die("configuration", error);
}

rd_kafka_conf_t *make_configuration(const struct options *options) {
  rd_kafka_conf_t *configuration = rd_kafka_conf_new();
  if (options->broker) set(configuration, "bootstrap.servers", options->broker);
  for (int i = 0; i < options->setting_count; i++) {
    char name[128];
    const char *equals = strchr(options->settings[i], '=');
    if (!equals || (size_t)(equals - options->settings[i]) >= sizeof name)
      die("--set wants name=value", options->settings[i]);
    snprintf(name, sizeof name, "%.*s", (int)(equals - options->settings[i]), options->settings[i]);
    set(configuration, name, equals + 1);
  }
  return configuration;
}

rd_kafka_t *open_producer(const struct options *options, rd_kafka_conf_t *configuration) {
  char error[512];
  if (!options->broker) set(configuration, "test.mock.num.brokers", "1");
  rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, error, sizeof error);
  if (!producer) die("producer", error);
  if (!options->broker) {
    rd_kafka_mock_cluster_t *mock = rd_kafka_handle_mock_cluster(producer);
    if (rd_kafka_mock_topic_create(mock, options->topic, options->partitions, 1))
      die("mock", "the topic could not be created");
  }
  return producer;
}

const char *address_of(rd_kafka_t *producer, const struct options *options) {
  if (options->broker) return options->broker;
  return rd_kafka_mock_cluster_bootstraps(rd_kafka_handle_mock_cluster(producer));
}

int count_partitions(rd_kafka_t *handle, const char *topic) {
  double deadline = now() + 10;
  rd_kafka_topic_t *one = rd_kafka_topic_new(handle, topic, NULL);
  for (;;) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t error = rd_kafka_metadata(handle, 0, one, &metadata, 5000);
    if (!error) {
      int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
      rd_kafka_metadata_destroy(metadata);
      if (count > 0) {
        rd_kafka_topic_destroy(one);
        return count;
      }
    }
    if (now() > deadline) die("metadata", error ? rd_kafka_err2str(error) : "no partitions");
    rd_kafka_poll(handle, 50);
  }
}
