/* The benchmark's Kafka client: one librdkafka program for every measurement over the wire, so
 * that Acta and the reference, librdkafka's own broker in memory, meet the same client. Each
 * command prints one line of JSON. */
#ifndef CLIENT_H
#define CLIENT_H

/* clang-format off: the second needs the first before it. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
/* clang-format on */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { max_settings = 32, max_clients = 1000, key_bytes = 8, warm_up = 200, answer_limit = 4096 };

struct options {
  const char *broker; /* NULL: librdkafka's mock cluster, in this process */
  const char *topic;
  const char *acks;
  int64_t records;
  size_t value_bytes;
  int partitions;          /* of the mock's topic; a real broker's topic exists already */
  int64_t first_timestamp; /* epoch milliseconds of record 0, each next one 1 later; 0: now */
  uint64_t seed;
  int64_t keys; /* different ones */
  int64_t rate; /* records a second at most; 0: as many as can be */
  int clients;         /* that commit or ask at the same time */
  bool unmoving;       /* the same offset is committed again and again */
  const char *request; /* what is asked */
  const char *settings[max_settings]; /* further "name=value" for librdkafka */
  int setting_count;
};

/* support.c */
_Noreturn void die(const char *what, const char *why);
double now(void);
uint64_t next_random(uint64_t *state);
/* Lines of JSON that differ; `extra` bytes more than a value, so that values may begin at different
 * places in it. */
char *make_payload(size_t value_bytes, size_t extra);
/* Sorts. */
double percentile(double *samples, size_t count, double fraction);

/* kafka.c */
rd_kafka_conf_t *make_configuration(const struct options *options);
void set(rd_kafka_conf_t *configuration, const char *name, const char *value);
/* A producer on the broker of `options`. Without a broker it starts the mock, with the topic. */
rd_kafka_t *open_producer(const struct options *options, rd_kafka_conf_t *configuration);
/* Where the broker of `options` listens, or the mock of that producer. */
const char *address_of(rd_kafka_t *producer, const struct options *options);
/* Number of the topic's partitions; waits for the topic to have some. */
int count_partitions(rd_kafka_t *handle, const char *topic);

/* wire.c: requests over plain sockets, one in flight for each caller. No library is between,
 * because fifty of them would measure themselves. */
struct caller {
  int socket;
  unsigned char *frame; /* a whole request, its size in front */
  size_t frame_size;
  size_t counter_at; /* where in the frame eight bytes count the requests; 0: nowhere */
  int64_t counter;
  int64_t step;
  size_t error_at; /* where in the answer its error code is, and what it must be */
  int error;
  double began;
  size_t received;
  unsigned char answer[answer_limit];
};
unsigned char *put(unsigned char *at, uint64_t value, int bytes);
unsigned char *put_string(unsigned char *at, const char *text);
/* A frame's size, still to come, and its header; returns where the body begins. */
unsigned char *begin_request(struct caller *one, size_t body_limit, int api, int version);
/* The body ends at `end`: fills in the size. */
void end_request(struct caller *one, const unsigned char *end);
/* Where in an answer of one topic with one partition, whose index comes first, the error code is;
 * `topics_at`: where the topics begin, behind the correlation id. */
size_t partition_error_at(size_t topics_at, const char *topic);
/* Connects the callers, sends `count` requests and as many before them as warm it up, and prints
 * how long they took; `what`: the plural of what they are. */
void call_all(struct caller *all, const struct options *options, const char *address,
              const char *what);

/* The commands. */
void produce(const struct options *options);
void consume(const struct options *options);
void measure_latency(const struct options *options);
void look_up(const struct options *options);
void measure_commits(const struct options *options);
void measure_requests(const struct options *options);
void measure_end_to_end(const struct options *options);

/* consume.c */
rd_kafka_t *open_consumer(const struct options *options, const char *bootstrap);
void assign_all(rd_kafka_t *consumer, const char *topic, int partitions, int64_t offset);

/* produce.c: sends options->records records and waits for all of them; returns the seconds. */
double send_all(rd_kafka_t *producer, const struct options *options);
rd_kafka_conf_t *producing_configuration(const struct options *options);

#endif
