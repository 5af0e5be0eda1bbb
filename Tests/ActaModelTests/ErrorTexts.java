import org.apache.kafka.common.protocol.Errors;

/**
 * Writes what Java's clients make of each error code, one a line: code, name, exception's class, message.
 *
 *   java -cp 'KAFKA/lib/*' ErrorTexts.java > Fixtures/errors.txt
 */
public class ErrorTexts {
  public static void main(String[] arguments) {
    for (Errors error : Errors.values()) {
      String name = error.exception() == null ? "" : error.exception().getClass().getName();
      System.out.println(String.join("\t", "" + error.code(), error.name(), name, error.message()));
    }
  }
}
