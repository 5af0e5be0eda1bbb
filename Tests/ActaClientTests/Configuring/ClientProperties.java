import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Writes the properties of Java's clients, one a line: client, name, type, default.
 *
 *   java -cp 'KAFKA/lib/*' ClientProperties.java > Fixtures/properties.txt
 */
public class ClientProperties {
  public static void main(String[] arguments) throws Exception {
    write("producer", ProducerConfig.class);
    write("consumer", ConsumerConfig.class);
    write("admin", AdminClientConfig.class);
  }

  private static void write(String client, Class<?> config) throws Exception {
    for (Field field : config.getDeclaredFields()) {
      if (field.getType() != ConfigDef.class || !Modifier.isStatic(field.getModifiers())) continue;
      field.setAccessible(true);
      ConfigDef definition = (ConfigDef) field.get(null);
      for (String name : new TreeSet<>(definition.names())) {
        ConfigDef.ConfigKey key = definition.configKeys().get(name);
        String value = key.defaultValue == ConfigDef.NO_DEFAULT_VALUE
            ? "" : ConfigDef.convertToString(key.defaultValue, key.type);
        System.out.println(String.join("\t", client, name, key.type.name(), value == null ? "" : value));
      }
    }
  }
}
