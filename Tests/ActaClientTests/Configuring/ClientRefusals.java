import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Writes what Java's clients say as they are configured to values at and beyond the limits of each property, one a line: client, name,
 * value, and the refusal, which is empty for what is taken.
 *
 *   java -cp 'KAFKA/lib/*' ClientRefusals.java > Fixtures/refusals.txt
 */
public class ClientRefusals {
  private static final String NAMES = "org.apache.kafka.common.serialization.String";

  interface Maker {
    void make(Map<String, Object> properties);
  }

  public static void main(String[] arguments) throws Exception {
    write("producer", ProducerConfig.class, ProducerConfig::new);
    write("consumer", ConsumerConfig.class, ConsumerConfig::new);
    write("admin", AdminClientConfig.class, AdminClientConfig::new);
  }

  private static List<String> values(ConfigDef.Type type) {
    switch (type) {
      case INT:
        return List.of("-2", "-1", "0", "1", "2147483647", "2147483648", "ten");
      case LONG:
        return List.of("-2", "-1", "0", "1", "9223372036854775807", "9223372036854775808", "ten");
      case BOOLEAN:
        return List.of("true", " FALSE ", "yes");
      case STRING:
        return List.of("", "nonsense");
      case LIST:
        return List.of("", "a:1,a:1", "a:1,,b:2");
      default:
        return List.of();
    }
  }

  private static void write(String client, Class<?> config, Maker maker) throws Exception {
    for (Field field : config.getDeclaredFields()) {
      if (field.getType() != ConfigDef.class || !Modifier.isStatic(field.getModifiers())) continue;
      field.setAccessible(true);
      ConfigDef definition = (ConfigDef) field.get(null);
      for (String name : new TreeSet<>(definition.names())) {
        for (String value : values(definition.configKeys().get(name).type)) {
          Map<String, Object> properties = new HashMap<>();
          properties.put("bootstrap.servers", "localhost:9092");
          for (String side : List.of("key", "value")) {
            properties.put(side + ".serializer", NAMES + "Serializer");
            properties.put(side + ".deserializer", NAMES + "Deserializer");
          }
          properties.put(name, value);
          String said = "";
          try {
            maker.make(properties);
          } catch (Exception refused) {
            said = refused.getMessage().replace("\n", " ");
          }
          System.out.println(String.join("\t", client, name, value, said));
        }
      }
    }
  }
}
