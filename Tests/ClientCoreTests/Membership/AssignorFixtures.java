import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.*;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.*;

/**
 * Writes what Java's assignors make of random groups, for ClientAssignorTests:
 *
 *   java -cp 'KAFKA/lib/*' AssignorFixtures.java SEED ROUNDS > Fixtures/assignors.txt
 *   java -cp 'KAFKA/lib/*' AssignorFixtures.java SEED ROUNDS racks > Fixtures/racks.txt
 *
 * Each group goes through some rounds, in which members come, go, miss one and subscribe to something else. A round
 * is lines of words: `round ASSIGNOR`, `topic NAME COUNT`, `member ID INSTANCE SUBSCRIPTION ASSIGNMENT`, with `-`
 * for no instance id and the bytes of the consumer protocol in hexadecimal. Members are in the order of
 * JoinGroup's answer. With racks there is a line `racks NAME RACKS…` behind each topic's, with those of each
 * partition's replicas; then it is the range assignor alone. Rounds in which Java gives a partition twice, or one that was not asked for, are left out;
 * it may do so on the way to its result where a member had in an earlier generation what it does not ask for now.
 */
public class AssignorFixtures {
  static Random random;
  static int lastMember = 0, left = 0, skipped = 0;
  static boolean withRacks = false;

  static class Member {
    String id;
    String instance;
    List<String> topics;
    ConsumerPartitionAssignor assignor;
    List<TopicPartition> assigned = new ArrayList<>();
    int generation = -1;
    short version;
    String rack;
    ByteBuffer bytes;
  }

  static ConsumerPartitionAssignor assignor(String name) {
    switch (name) {
      case "range": return new RangeAssignor();
      case "roundrobin": return new RoundRobinAssignor();
      case "sticky": return new StickyAssignor();
      default: return new CooperativeStickyAssignor();
    }
  }

  static boolean oneIn(int n) { return random.nextInt(n) == 0; }

  static List<String> someTopics(List<String> names) {
    List<String> some = new ArrayList<>();
    for (String name : names) if (oneIn(2)) some.add(name);
    if (some.isEmpty()) some.add(names.get(random.nextInt(names.size())));
    return some;
  }

  static Member member(String assignor, List<String> topics) {
    Member member = new Member();
    lastMember++;
    String[] clients = {"app", "consumer-group-" + lastMember, "\u00e9t\u00e9", "\ud835\udcb3", "\uff5a"};
    member.id = clients[random.nextInt(clients.length)] + "-"
        + UUID.nameUUIDFromBytes(("" + random.nextLong()).getBytes());
    if (oneIn(4)) member.instance = "i" + random.nextInt(1000) + "-" + lastMember;
    member.topics = new ArrayList<>(topics);
    Collections.shuffle(member.topics, random);
    member.assignor = assignor(assignor);
    member.version = (short) (oneIn(6) ? random.nextInt(4) : 3);
    if (withRacks && !oneIn(5)) member.rack = oneIn(12) ? "" : "r" + random.nextInt(oneIn(6) ? 5 : 3);
    return member;
  }

  static String hex(ByteBuffer buffer) {
    StringBuilder text = new StringBuilder();
    ByteBuffer copy = buffer.duplicate();
    while (copy.hasRemaining()) text.append(String.format("%02x", copy.get()));
    return text.toString();
  }

  public static void main(String[] arguments) throws Exception {
    System.setOut(new java.io.PrintStream(System.out, false, StandardCharsets.UTF_8));
    random = new Random(Long.parseLong(arguments[0]));
    left = Integer.parseInt(arguments[1]);
    withRacks = arguments.length > 2;
    String[] names = {"range", "roundrobin", "sticky", "cooperative-sticky", "sticky", "cooperative-sticky"};
    while (left > 0 && withRacks) group("range");
    while (left > 0) group(names[random.nextInt(names.length)]);
    System.out.flush();
    System.err.println(skipped + " rounds left out");
  }

  static void group(String assignor) {
    Map<String, Integer> topics = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    int topicCount = 1 + random.nextInt(oneIn(8) ? 20 : 5);
    for (int i = 0; i < topicCount; i++) {
      String name = (oneIn(2) ? "orders." : "t") + Integer.toString(random.nextInt(10000), 36);
      if (names.contains(name)) continue;
      names.add(name);
      if (!oneIn(10)) topics.put(name, 1 + random.nextInt(oneIn(6) ? 20 : 6));
    }
    boolean alike = oneIn(2);
    List<Member> members = new ArrayList<>();
    int memberCount = 1 + random.nextInt(oneIn(10) ? 30 : 7);
    for (int i = 0; i < memberCount; i++) members.add(member(assignor, alike ? names : someTopics(names)));
    int generation = 1;
    for (int round = 0; round < 6 && left > 0; round++, generation++) {
      List<Member> present = new ArrayList<>();
      for (Member member : members) if (round == 0 || !oneIn(8)) present.add(member);
      if (present.isEmpty()) present.add(members.get(0));
      round(assignor, topics, present, generation);
      change(assignor, topics, names, members, alike);
    }
  }

  static void change(String assignor, Map<String, Integer> topics, List<String> names, List<Member> members, boolean alike) {
    if (oneIn(3) && members.size() > 1) members.remove(random.nextInt(members.size()));
    if (oneIn(3)) members.add(random.nextInt(members.size() + 1), member(assignor, alike ? names : someTopics(names)));
    if (oneIn(3) && !alike) members.get(random.nextInt(members.size())).topics = someTopics(names);
    if (oneIn(4)) topics.computeIfPresent(names.get(random.nextInt(names.size())), (n, c) -> c + 1 + random.nextInt(3));
    if (oneIn(10)) topics.remove(names.get(random.nextInt(names.size())));
    // One that claims what it has not.
    if (oneIn(10)) {
      Member liar = members.get(random.nextInt(members.size()));
      Member other = members.get(random.nextInt(members.size()));
      liar.assigned = new ArrayList<>(other.assigned);
      liar.generation = oneIn(2) ? other.generation : liar.generation;
      liar.assignor.onAssignment(new Assignment(liar.assigned),
          new ConsumerGroupMetadata("g", liar.generation, liar.id, Optional.ofNullable(liar.instance)));
    }
  }

  static void round(String assignor, Map<String, Integer> topics, List<Member> members, int generation) {
    Node node = new Node(0, "host", 9092);
    List<PartitionInfo> infos = new ArrayList<>();
    int spread = withRacks ? random.nextInt(3) : 0;
    topics.forEach((name, count) -> {
      for (int i = 0; i < count; i++) {
        Node[] replicas = withRacks ? replicas(spread) : new Node[] {node};
        infos.add(new PartitionInfo(name, i, node, replicas, new Node[] {node}));
      }
    });
    Cluster cluster = new Cluster("c", List.of(node), infos, Set.of(), Set.of());
    Map<String, Subscription> subscriptions = new HashMap<>();
    for (Member member : members) {
      boolean isCooperative = assignor.startsWith("coop");
      Subscription subscription = new Subscription(member.topics,
          member.assignor.subscriptionUserData(new HashSet<>(member.topics)),
          isCooperative ? member.assigned : List.of(), member.generation,
          Optional.ofNullable(member.rack));
      member.bytes = ConsumerProtocol.serializeSubscription(subscription, member.version);
      Subscription read = ConsumerProtocol.deserializeSubscription(member.bytes.duplicate());
      read.setGroupInstanceId(Optional.ofNullable(member.instance));
      subscriptions.put(member.id, read);
    }
    Map<String, Assignment> result;
    try {
      result = assignor(assignor).assign(cluster, new GroupSubscription(subscriptions)).groupAssignment();
    } catch (RuntimeException error) {
      skipped++;
      return;
    }
    if (!isSound(topics, members, result) || mayGoAstray(members)) {
      skipped++;
      return;
    }
    left--;
    System.out.println("round " + assignor);
    topics.forEach((name, count) -> {
      System.out.println("topic " + name + " " + count);
      if (withRacks) System.out.println("racks " + name + racks(cluster, name));
    });
    for (Member member : members) {
      ByteBuffer bytes = ConsumerProtocol.serializeAssignment(result.get(member.id));
      Assignment assignment = ConsumerProtocol.deserializeAssignment(bytes.duplicate());
      System.out.println("member " + member.id + " " + (member.instance == null ? "-" : member.instance) + " "
          + hex(member.bytes) + " " + hex(bytes));
      member.assigned = new ArrayList<>(assignment.partitions());
      member.generation = generation;
      member.assignor.onAssignment(assignment,
          new ConsumerGroupMetadata("g", generation, member.id, Optional.ofNullable(member.instance)));
    }
  }

  /** From the same for all partitions to one of each. */
  static Node[] replicas(int spread) {
    Set<Node> replicas = new LinkedHashSet<>();
    int count = spread == 0 ? 3 : 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      int id = spread == 0 ? i : random.nextInt(spread == 1 ? 4 : 3);
      replicas.add(new Node(id, "host", 9092, id == 3 ? null : "r" + id));
    }
    return replicas.toArray(new Node[0]);
  }

  static String racks(Cluster cluster, String topic) {
    StringBuilder line = new StringBuilder();
    List<PartitionInfo> infos = new ArrayList<>(cluster.partitionsForTopic(topic));
    infos.sort(Comparator.comparingInt(PartitionInfo::partition));
    for (PartitionInfo info : infos) {
      Set<String> racks = new TreeSet<>();
      for (Node replica : info.replicas()) if (replica.rack() != null) racks.add(replica.rack());
      line.append(" ").append(racks.isEmpty() ? "-" : String.join(",", racks));
    }
    return line.toString();
  }

  static boolean mayGoAstray(List<Member> members) {
    int latest = members.stream().mapToInt(member -> member.generation).max().getAsInt();
    return members.stream().anyMatch(member -> member.generation < latest
        && member.assigned.stream().anyMatch(partition -> !member.topics.contains(partition.topic())));
  }

  static boolean isSound(Map<String, Integer> topics, List<Member> members, Map<String, Assignment> result) {
    Set<TopicPartition> given = new HashSet<>();
    for (Member member : members)
      for (TopicPartition partition : result.get(member.id).partitions()) {
        if (!given.add(partition) || !member.topics.contains(partition.topic())) return false;
        if (partition.partition() >= topics.getOrDefault(partition.topic(), 0)) return false;
      }
    return true;
  }
}
