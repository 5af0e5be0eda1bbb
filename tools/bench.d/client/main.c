#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static const char usage[] =
    "client COMMAND --topic NAME --records N [OPTION…]\n"
    "  produce    throughput: all records acknowledged\n"
    "  consume    throughput from the earliest offset of every partition\n"
    "  latency    one record in flight, from call to acknowledgement\n"
    "  end-to-end from the call to a consumer that waits, --rate records a second\n"
    "  lookup     random look-ups by timestamp\n"
    "  commits    offsets committed by groups without members, one in flight for each client\n"
    "  requests   hand-made requests, one in flight for each client\n"
    "  --broker HOST:PORT   without it librdkafka's mock in this process\n"
    "  --value-bytes N      default 100\n"
    "  --acks 0|1|all       default all\n"
    "  --partitions N       of the mock's topic, default 8\n"
    "  --first-timestamp N  epoch milliseconds of the first record, each next one 1 later\n"
    "  --seed N             of the look-ups\n"
    "  --keys N             different ones, default 10000000\n"
    "  --rate N             records a second at most\n"
    "  --clients N          that commit or ask at once, each with a connection; default 1\n"
    "  --unmoving           commit the same offset again and again\n"
    "  --request NAME       api-versions, produce (one record in each; the default), or refused:\n"
    "                       the same in a format that is too old\n"
    "  --set NAME=VALUE     any setting of librdkafka\n";

static const struct {
  const char *name;
  void (*run)(const struct options *);
} commands[] = {
    {"produce", produce}, {"consume", consume}, {"latency", measure_latency},
    {"end-to-end", measure_end_to_end},
    {"lookup", look_up}, {"commits", measure_commits}, {"requests", measure_requests}};

static const struct option flags[] = {
    {"broker", required_argument, NULL, 'b'},      {"topic", required_argument, NULL, 't'},
    {"records", required_argument, NULL, 'n'},     {"value-bytes", required_argument, NULL, 'v'},
    {"acks", required_argument, NULL, 'a'},        {"partitions", required_argument, NULL, 'p'},
    {"first-timestamp", required_argument, NULL, 'f'}, {"seed", required_argument, NULL, 's'},
    {"keys", required_argument, NULL, 'k'},        {"rate", required_argument, NULL, 'R'},
    {"clients", required_argument, NULL, 'c'},     {"unmoving", no_argument, NULL, 'u'},
    {"request", required_argument, NULL, 'r'},     {"set", required_argument, NULL, 'X'},
    {NULL, 0, NULL, 0}};

static int64_t number(const char *text) {
  char *end;
  int64_t value = strtoll(text, &end, 10);
  if (*text == 0 || *end != 0 || value < 0) die("not a number", text);
  return value;
}

static struct options parse(int count, char **arguments) {
  struct options options = {.acks = "all", .value_bytes = 100, .partitions = 8, .seed = 1,
                            .clients = 1, .request = "produce", .keys = 10000000};
  int flag;
  while ((flag = getopt_long(count, arguments, "", flags, NULL)) != -1) {
    switch (flag) {
      case 'b': options.broker = optarg; break;
      case 't': options.topic = optarg; break;
      case 'n': options.records = number(optarg); break;
      case 'v': options.value_bytes = (size_t)number(optarg); break;
      case 'a': options.acks = optarg; break;
      case 'p': options.partitions = (int)number(optarg); break;
      case 'f': options.first_timestamp = number(optarg); break;
      case 's': options.seed = (uint64_t)number(optarg); break;
      case 'k': options.keys = number(optarg); break;
      case 'R': options.rate = number(optarg); break;
      case 'c': options.clients = (int)number(optarg); break;
      case 'u': options.unmoving = true; break;
      case 'r': options.request = optarg; break;
      case 'X':
        if (options.setting_count == max_settings) die("--set", "too many");
        options.settings[options.setting_count++] = optarg;
        break;
      default: die("usage", usage);
    }
  }
  if (!options.topic || options.records <= 0) die("usage", usage);
  if (options.keys < 1 || options.keys > 10000000) die("--keys", "1 to 10000000");
  if (options.clients < 1 || options.clients > max_clients) die("--clients", "1 to 1000");
  return options;
}

int main(int count, char **arguments) {
  if (count < 2) die("usage", usage);
  struct options options = parse(count - 1, arguments + 1);
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    if (strcmp(arguments[1], commands[i].name) == 0) {
      commands[i].run(&options);
      return 0;
    }
  }
  die("no such command", arguments[1]);
}
