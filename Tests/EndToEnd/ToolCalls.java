import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.kafka.common.utils.internals.Exit;

/**
 * Runs Kafka's command-line tools one after the other in one JVM, for each start of one takes a second. A line of
 * standard input is a class and its arguments, each in base64 behind a _; a line of standard output is the exit code,
 * what went to standard output, and what went to standard error.
 */
class ToolCalls {
    static class Ended extends Error {
        Ended(int code) {
            super("exit " + code, null, false, false);
        }
    }

    public static void main(String[] none) throws Exception {
        PrintStream answers = System.out;
        Exit.setExitProcedure((code, message) -> end(code));
        Exit.setHaltProcedure((code, message) -> end(code));
        BufferedReader calls = new BufferedReader(new InputStreamReader(System.in));
        for (String call = calls.readLine(); call != null; call = calls.readLine()) {
            answers.println(run(call.split(" ")));
            answers.flush();
        }
    }

    /** What the tool that runs has ended with; null until it has. */
    static Integer ending;

    /** The tool may catch what is thrown, and go on to say so: nobody hears of it. */
    static void end(int code) {
        if (ending == null) ending = code;
        System.out.flush();
        System.err.flush();
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        throw new Ended(code);
    }

    static String run(String[] words) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
        String[] arguments = new String[words.length - 1];
        for (int i = 1; i < words.length; i++) arguments[i - 1] = decoded(words[i]);
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        ending = null;
        try {
            Class.forName(decoded(words[0])).getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (java.lang.reflect.InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (ending == null) ending = 1;
            if (!(cause instanceof Ended)) cause.printStackTrace(System.err);
        }
        System.out.flush();
        System.err.flush();
        return (ending == null ? 0 : ending) + " " + encoded(out) + " " + encoded(err);
    }

    static String decoded(String text) {
        return new String(Base64.getDecoder().decode(text.substring(1)), StandardCharsets.UTF_8);
    }

    static String encoded(ByteArrayOutputStream bytes) {
        return "_" + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
