import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.*;

/**
 * Calls what Java's Admin has for clusters, replicas, quotas, security and transactions, and what its producer
 * does in transactions, and says in a line each what came of it. test_admin_apis runs it against two brokers and compares the lines.
 */
public class AdminCalls {
  interface Call { Object run() throws Exception; }

  static String cluster = "", address = "";

  static void say(String name, Call call) {
    String outcome;
    try {
      outcome = String.valueOf(call.run());
    } catch (ExecutionException error) {
      outcome = error.getCause().getClass().getName() + ": " + error.getCause().getMessage();
    } catch (Exception error) {
      outcome = error.getClass().getName() + ": " + error.getMessage();
    }
    if (!cluster.isEmpty()) outcome = outcome.replace(cluster, "<cluster>");
    System.out.println(name + " => " + outcome.replace(address, "<address>").replace("\n", " "));
  }

  static <T> T get(KafkaFuture<T> future) throws Exception { return future.get(30, TimeUnit.SECONDS); }

  static ClientQuotaEntity entity(String... parts) {
    Map<String, String> entries = new HashMap<>();
    for (int i = 0; i < parts.length; i += 2) entries.put(parts[i], parts[i + 1]);
    return new ClientQuotaEntity(entries);
  }

  static ClientQuotaAlteration alteration(ClientQuotaEntity entity, Object... operations) {
    List<ClientQuotaAlteration.Op> list = new ArrayList<>();
    for (int i = 0; i < operations.length; i += 2)
      list.add(new ClientQuotaAlteration.Op((String) operations[i], (Double) operations[i + 1]));
    return new ClientQuotaAlteration(entity, list);
  }

  public static void main(String[] arguments) throws Exception {
    address = arguments[0];
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", address))) {
      cluster = get(admin.describeCluster().clusterId());
      prepare(admin);
      cluster(admin);
      replicas(admin);
      // Before there are quotas, by which Kafka goes.
      transactions(admin);
      quotas(admin);
      security(admin);
    }
  }

  static final TopicPartition first = new TopicPartition("calls", 0);
  static final TopicPartition missing = new TopicPartition("calls", 9);
  static final TopicPartition nowhere = new TopicPartition("nowhere", 0);

  static void prepare(Admin admin) throws Exception {
    get(admin.createTopics(List.of(new NewTopic("calls", 2, (short) 1))).all());
    Map<String, Object> settings = Map.of("bootstrap.servers", address);
    try (Producer<String, String> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>("calls", 0, null, "x")).get();
    }
  }

  static void cluster(Admin admin) {
    say("describeCluster", () -> get(admin.describeCluster().nodes()).size() + " "
        + get(admin.describeCluster().controller()).id());
    say("describeCluster rights", () -> new TreeSet<>(get(admin.describeCluster(
        new DescribeClusterOptions().includeAuthorizedOperations(true)).authorizedOperations())));
    say("describeFeatures", () -> {
      FeatureMetadata features = get(admin.describeFeatures().featureMetadata());
      return features.finalizedFeatures().get("metadata.version") + " "
          + features.finalizedFeatures().get("group.version") + " "
          + features.supportedFeatures().get("group.version") + " "
          + features.finalizedFeatures().get("transaction.version") + " "
          + features.supportedFeatures().get("transaction.version");
    });
    for (Object[] update : new Object[][] {
      {"as it is", "group.version", 1, FeatureUpdate.UpgradeType.UPGRADE},
      {"too high", "group.version", 9, FeatureUpdate.UpgradeType.UPGRADE},
      {"unknown", "pebbles", 1, FeatureUpdate.UpgradeType.UPGRADE},
      {"lower", "group.version", 0, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE}}) {
      say("updateFeatures " + update[0], () -> get(admin.updateFeatures(
          Map.of((String) update[1], new FeatureUpdate(
              ((Integer) update[2]).shortValue(), (FeatureUpdate.UpgradeType) update[3])),
          new UpdateFeaturesOptions().validateOnly(true)).all()));
    }
    say("describeMetadataQuorum", () -> {
      QuorumInfo quorum = get(admin.describeMetadataQuorum().quorumInfo());
      return quorum.leaderId() + " " + quorum.voters().size() + " " + quorum.voters().get(0).replicaId()
          + " " + (quorum.voters().get(0).logEndOffset() == quorum.highWatermark())
          + " " + quorum.observers() + " " + quorum.nodes().keySet();
    });
    say("unregisterBroker", () -> get(admin.unregisterBroker(77).all()));
    say("unregisterController", () -> get(admin.unregisterController(77).all()));
    Set<RaftVoterEndpoint> endpoints = Set.of(new RaftVoterEndpoint("CONTROLLER", "localhost", 9));
    Uuid directory = new Uuid(1, 2);
    say("addRaftVoter", () -> get(admin.addRaftVoter(7, directory, endpoints).all()));
    say("removeRaftVoter", () -> get(admin.removeRaftVoter(7, directory).all()));
    say("removeRaftVoter elsewhere", () -> get(admin.removeRaftVoter(7, directory,
        new RemoveRaftVoterOptions().setClusterId(Optional.of("other"))).all()));
    say("describeProducers", () -> {
      List<ProducerState> producers =
          get(admin.describeProducers(List.of(first)).all()).get(first).activeProducers();
      ProducerState one = producers.get(0);
      return producers.size() + " " + one.producerEpoch() + " " + one.lastSequence() + " "
          + one.coordinatorEpoch() + " " + one.currentTransactionStartOffset();
    });
    say("describeProducers of nothing", () -> get(admin.describeProducers(
        List.of(new TopicPartition("calls", 1))).all()));
  }

  static Producer<String, String> transactional(String id) {
    Producer<String, String> producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", address, "transactional.id", id, "transaction.timeout.ms", 30000),
        new StringSerializer(), new StringSerializer());
    producer.initTransactions();
    return producer;
  }

  static String read(String topic, String isolation) {
    try (Consumer<String, String> consumer = new KafkaConsumer<>(
        Map.of("bootstrap.servers", address, "isolation.level", isolation, "enable.auto.commit", false,
            "auto.offset.reset", "earliest", "group.id", "reader"),
        new StringDeserializer(), new StringDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      List<String> values = new ArrayList<>();
      while (consumer.position(partition) < end)
        consumer.poll(java.time.Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
      return values + " up to " + end;
    }
  }

  /** As of now, and when nothing is under way any more: Kafka ends transactions after it has answered. */
  static TransactionDescription described(Admin admin, String id, boolean isOver) throws Exception {
    while (true) {
      TransactionDescription one =
          get(admin.describeTransactions(List.of(id)).description(id));
      if (!isOver || one.state().toString().startsWith("Complete")) return one;
      Thread.sleep(20);
    }
  }

  static String told(TransactionDescription one) {
    return one.state() + " " + one.producerEpoch() + " " + one.transactionTimeoutMs() + " "
        + new TreeSet<>(one.topicPartitions().stream().map(Object::toString).toList());
  }

  static void transactions(Admin admin) throws Exception {
    get(admin.createTopics(List.of(new NewTopic("moves", 1, (short) 1))).all());
    TopicPartition moves = new TopicPartition("moves", 0);
    Producer<String, String> producer = transactional("calls");
    for (String outcome : List.of("commit", "abort", "commit of nothing", "commit again")) {
      producer.beginTransaction();
      if (!outcome.endsWith("nothing")) {
        say(outcome + ": send", () -> producer.send(new ProducerRecord<>("moves", 0, null, outcome)).get()
            .offset());
        say(outcome + ": positions", () -> {
          producer.sendOffsetsToTransaction(
              Map.of(moves, new OffsetAndMetadata(outcome.length())), new ConsumerGroupMetadata("movers"));
          return "kept";
        });
        say(outcome + ": describeTransactions", () -> told(described(admin, "calls", false)));
        say(outcome + ": read committed", () -> read("moves", "read_committed"));
      }
      if (outcome.equals("abort")) producer.abortTransaction(); else producer.commitTransaction();
      say(outcome + ": after it", () -> told(described(admin, "calls", true)));
      say(outcome + ": listConsumerGroupOffsets", () -> get(
          admin.listConsumerGroupOffsets("movers").partitionsToOffsetAndMetadata()));
    }
    say("read committed", () -> read("moves", "read_committed"));
    say("read uncommitted", () -> read("moves", "read_uncommitted"));
    say("listTransactions", () -> get(admin.listTransactions(
        new ListTransactionsOptions().filterOnTransactionalIdPattern("cal.*")).all()).stream()
            .map(one -> one.transactionalId() + " " + one.state()).toList());
    say("describeTransactions of nothing", () -> get(
        admin.describeTransactions(List.of("nothing")).all()));
    say("fenceProducers", () -> get(admin.fenceProducers(List.of("calls")).all()));
    say("a fenced producer", () -> {
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("moves", 0, null, "late"));
      producer.commitTransaction();
      return "commits";
    });
    producer.close(java.time.Duration.ZERO);
    say("abortTransaction", () -> {
      ProducerState one = get(admin.describeProducers(List.of(moves)).all()).get(moves)
          .activeProducers().get(0);
      return get(admin.abortTransaction(new AbortTransactionSpec(moves, one.producerId(),
          (short) one.producerEpoch(), one.coordinatorEpoch().orElse(0))).all());
    });
  }

  static void replicas(Admin admin) {
    for (ElectionType type : ElectionType.values()) {
      say("electLeaders " + type, () -> new TreeMap<>(byName(get(admin.electLeaders(
          type, Set.of(first, missing, nowhere)).partitions()))));
    }
    say("electLeaders all", () -> get(admin.electLeaders(ElectionType.PREFERRED, null).partitions()));
    say("listPartitionReassignments", () -> get(admin.listPartitionReassignments().reassignments()));
    for (TopicPartition partition : List.of(first, missing, nowhere)) {
      say("alterPartitionReassignments here " + partition, () -> get(
          admin.alterPartitionReassignments(Map.of(partition,
              Optional.of(new NewPartitionReassignment(List.of(1))))).all()));
      say("alterPartitionReassignments there " + partition, () -> get(
          admin.alterPartitionReassignments(Map.of(partition,
              Optional.of(new NewPartitionReassignment(List.of(1, 2))))).all()));
      say("alterPartitionReassignments cancel " + partition, () -> get(
          admin.alterPartitionReassignments(Map.of(partition, Optional.empty())).all()));
      TopicPartitionReplica replica =
          new TopicPartitionReplica(partition.topic(), partition.partition(), 1);
      say("alterReplicaLogDirs there " + partition, () -> get(
          admin.alterReplicaLogDirs(Map.of(replica, "/nowhere")).all()));
      say("alterReplicaLogDirs here " + partition, () -> get(admin.alterReplicaLogDirs(Map.of(replica,
          get(admin.describeLogDirs(List.of(1)).allDescriptions()).get(1).keySet().iterator().next()))
          .all()));
    }
    say("describeReplicaLogDirs", () -> {
      TopicPartitionReplica replica = new TopicPartitionReplica("calls", 0, 1);
      var info = get(admin.describeReplicaLogDirs(List.of(replica)).all()).get(replica);
      return info.getCurrentReplicaOffsetLag() + " " + info.getFutureReplicaLogDir();
    });
  }

  static <T> Map<String, T> byName(Map<TopicPartition, T> map) {
    Map<String, T> named = new HashMap<>();
    map.forEach((partition, value) -> named.put(partition.toString(), value));
    return named;
  }

  static void quotas(Admin admin) {
    ClientQuotaEntity alice = entity("user", "alice"), all = entity("user", null);
    ClientQuotaEntity pair = entity("user", "alice", "client-id", "etl"), ip = entity("ip", "10.1.1.1");
    for (Object[] one : new Object[][] {
      {"alice", alteration(alice, "producer_byte_rate", 100.0, "request_percentage", 1.5)},
      {"all", alteration(all, "consumer_byte_rate", 7.0)},
      {"pair", alteration(pair, "controller_mutation_rate", 0.5)},
      {"ip", alteration(ip, "connection_creation_rate", 3.0)},
      {"half", alteration(alice, "producer_byte_rate", 0.5)},
      {"unknown", alteration(alice, "pebbles", 1.0)},
      {"planet", alteration(entity("planet", "x"), "producer_byte_rate", 1.0)},
      {"nobody", alteration(entity("user", ""), "producer_byte_rate", 1.0)},
      {"bad address", alteration(entity("ip", "10.1.1.999"), "connection_creation_rate", 1.0)},
      {"gone", alteration(alice, "request_percentage", null)}}) {
      say("alterClientQuotas " + one[0], () -> get(
          admin.alterClientQuotas(List.of((ClientQuotaAlteration) one[1])).all()));
    }
    say("describeClientQuotas", () -> shown(admin, ClientQuotaFilter.all()));
    say("describeClientQuotas alice", () -> shown(admin, ClientQuotaFilter.contains(
        List.of(ClientQuotaFilterComponent.ofEntity("user", "alice")))));
    say("describeClientQuotas alice only", () -> shown(admin, ClientQuotaFilter.containsOnly(
        List.of(ClientQuotaFilterComponent.ofEntity("user", "alice")))));
    say("describeClientQuotas all others", () -> shown(admin, ClientQuotaFilter.contains(
        List.of(ClientQuotaFilterComponent.ofDefaultEntity("user")))));
    say("describeClientQuotas client ids", () -> shown(admin, ClientQuotaFilter.contains(
        List.of(ClientQuotaFilterComponent.ofEntityType("client-id")))));
    say("describeClientQuotas planets", () -> shown(admin, ClientQuotaFilter.contains(
        List.of(ClientQuotaFilterComponent.ofEntityType("planet")))));
  }

  static Object shown(Admin admin, ClientQuotaFilter filter) throws Exception {
    Map<String, Object> named = new TreeMap<>();
    get(admin.describeClientQuotas(filter).entities()).forEach((entity, quotas) ->
        named.put(new TreeMap<>(entity.entries()).toString(), new TreeMap<>(quotas)));
    return named;
  }

  static void security(Admin admin) {
    AclBinding rule = new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, "calls", PatternType.LITERAL),
        new AccessControlEntry("User:a", "*", AclOperation.READ, AclPermissionType.ALLOW));
    say("describeAcls", () -> get(admin.describeAcls(AclBindingFilter.ANY).values()));
    say("createAcls", () -> get(admin.createAcls(List.of(rule)).all()));
    say("deleteAcls", () -> get(admin.deleteAcls(List.of(rule.toFilter())).all()));
    say("createDelegationToken", () -> get(admin.createDelegationToken().delegationToken()));
    say("describeDelegationToken", () -> get(admin.describeDelegationToken().delegationTokens()));
    say("renewDelegationToken", () -> get(admin.renewDelegationToken(new byte[] {1}).expiryTimestamp()));
    say("expireDelegationToken", () -> get(admin.expireDelegationToken(new byte[] {1}).expiryTimestamp()));
    say("describeUserScramCredentials", () -> get(admin.describeUserScramCredentials().all()));
    say("describeUserScramCredentials alice", () -> get(
        admin.describeUserScramCredentials(List.of("alice")).all()));
    say("alterUserScramCredentials delete", () -> get(admin.alterUserScramCredentials(List.of(
        new UserScramCredentialDeletion("alice", ScramMechanism.SCRAM_SHA_256))).all()));
    say("alterUserScramCredentials weak", () -> get(admin.alterUserScramCredentials(List.of(
        new UserScramCredentialUpsertion("alice",
            new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 1), "secret"))).all()));
    say("alterUserScramCredentials upsert", () -> get(admin.alterUserScramCredentials(List.of(
        new UserScramCredentialUpsertion("alice",
            new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), "secret"))).all()));
  }
}
