#include <stdlib.h>
#include <string.h>

#include "client.h"

/* Requests as small as they get, or as large as one wants: ApiVersions, which is answered where it
 * is read; Produce of one record; and Produce that is refused for its format before anything else
 * is done with it, so that what is left is the cost of receiving. */

enum {
  produce_api = 0,
  produce_version = 7,
  api_versions_api = 18,
  old_format = 1,
  format = 2,
  invalid_record = 87,
  batch_limit = 128,
};

/* CRC-32C, bit by bit: each frame is made once. */
static uint32_t checksum(const unsigned char *bytes, size_t count) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
  }
  return ~crc;
}

static unsigned char *put_varint(unsigned char *at, int64_t value) {
  uint64_t rest = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
  for (; rest > 0x7F; rest >>= 7) *at++ = (unsigned char)(rest | 0x80);
  *at++ = (unsigned char)rest;
  return at;
}

/* What a record is before its value: attributes, deltas of time and offset, no key, the length. */
static unsigned char *put_record_head(unsigned char *at, size_t value_bytes) {
  at = put(at, 0, 1);
  at = put_varint(at, 0);
  at = put_varint(at, 0);
  at = put_varint(at, -1);
  return put_varint(at, (int64_t)value_bytes);
}

static unsigned char *put_record(unsigned char *at, const char *value, size_t value_bytes) {
  unsigned char head[32];
  size_t head_bytes = (size_t)(put_record_head(head, value_bytes) - head);
  at = put_varint(at, (int64_t)(head_bytes + value_bytes + 1));
  memcpy(at, head, head_bytes);
  at += head_bytes;
  memcpy(at, value, value_bytes);
  at += value_bytes;
  return put_varint(at, 0); /* headers */
}

/* A batch of one record; its length and checksum are known at its end. */
static unsigned char *put_batch(unsigned char *at, const char *value, size_t value_bytes,
                                int magic) {
  uint64_t timestamp = 1700000000000;
  unsigned char *length = at + 8, *crc = length + 4 + 4 + 1, *checked = crc + 4;
  put(at, 0, 8);                           /* base offset */
  put(length + 4, (uint64_t)-1, 4);        /* leader epoch */
  put(length + 8, (uint64_t)magic, 1);
  at = put(checked, 0, 2);                 /* attributes */
  at = put(at, 0, 4);                      /* last offset delta */
  at = put(put(at, timestamp, 8), timestamp, 8);
  at = put(at, (uint64_t)-1, 8);           /* producer id, epoch and sequence: none */
  at = put(put(at, (uint64_t)-1, 2), (uint64_t)-1, 4);
  at = put(at, 1, 4);                      /* records */
  at = put_record(at, value, value_bytes);
  put(length, (uint64_t)(at - length - 4), 4);
  put(crc, checksum(checked, (size_t)(at - checked)), 4);
  return at;
}

static void make_produce(struct caller *one, const struct options *options, const char *value,
                         int partition, int magic) {
  size_t limit = batch_limit + strlen(options->topic) + options->value_bytes + batch_limit;
  unsigned char *at = begin_request(one, limit, produce_api, produce_version);
  int64_t acks = strcmp(options->acks, "all") == 0 ? -1 : atoi(options->acks);
  at = put(at, (uint64_t)-1, 2); /* transaction: none */
  at = put(at, (uint64_t)acks, 2);
  at = put(at, 30000, 4); /* timeout */
  at = put(at, 1, 4);     /* topics */
  at = put_string(at, options->topic);
  at = put(at, 1, 4); /* partitions */
  at = put(at, (uint64_t)partition, 4);
  unsigned char *batch = at + 4;
  at = put_batch(batch, value, options->value_bytes, magic);
  put(batch - 4, (uint64_t)(at - batch), 4);
  end_request(one, at);
  one->error_at = partition_error_at(4 + 4, options->topic); /* size, correlation id */
  one->error = magic == format ? 0 : invalid_record;
}

static void make_api_versions(struct caller *one) {
  end_request(one, begin_request(one, 0, api_versions_api, 0));
  one->error_at = 4 + 4; /* size, correlation id */
}

void measure_requests(const struct options *options) {
  rd_kafka_t *producer = open_producer(options, make_configuration(options));
  int partitions = count_partitions(producer, options->topic);
  bool small = strcmp(options->request, "api-versions") == 0;
  bool refused = strcmp(options->request, "refused") == 0;
  if (!small && !refused && strcmp(options->request, "produce") != 0)
    die("no such request", options->request);
  if (strcmp(options->acks, "0") == 0) die("--acks 0", "has no answer to wait for");
  struct caller *all = calloc((size_t)options->clients, sizeof *all);
  char *value = make_payload(options->value_bytes, 0);
  if (!all) die("clients", "out of memory");
  for (int i = 0; i < options->clients; i++) {
    if (small)
      make_api_versions(&all[i]);
    else
      make_produce(&all[i], options, value, i % partitions, refused ? old_format : format);
  }
  call_all(all, options, address_of(producer, options), "requests");
  free(value);
  free(all);
  rd_kafka_destroy(producer);
}
