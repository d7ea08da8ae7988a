// Prints the alerts of a theme, as a member of a consumer group:
//
//     java -cp 'lib/*' ConsumeAlerts.java BOOTSTRAP THEME [GROUP]
//
// `lib` holds kafka-clients and jackson-databind with what they depend on. Java 17 or newer.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

public class ConsumeAlerts {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    // The highest seq that was handled of each alert. Keep it where the effect of handling is kept, in one transaction
    // with it: then a repetition after a crash, between handling and the commit of the offset, is known as one.
    private static final Map<String, Integer> handled = new HashMap<>();
    private static volatile boolean running = true;

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            System.err.println("usage: java -cp 'lib/*' ConsumeAlerts.java BOOTSTRAP THEME [GROUP]");
            System.exit(2);
        }
        Properties settings = new Properties();
        settings.put("bootstrap.servers", arguments[0]);
        settings.put("group.id", arguments.length > 2 ? arguments[2] : "my-group");
        settings.put("isolation.level", "read_committed"); // else records of transactions that were aborted are seen
        settings.put("auto.offset.reset", "earliest"); // where the group has no offset yet
        settings.put("enable.auto.commit", "false"); // offsets are committed after handling, below
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            Thread main = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                running = false; // what was handled is committed first, and the group is left in order
                try {
                    main.join();
                } catch (InterruptedException ignored) {
                    Thread.currentThread().interrupt();
                }
            }));
            consumer.subscribe(List.of("alerts." + arguments[1]));
            while (running) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500))) {
                    handle(JSON.readTree(record.value()));
                }
                consumer.commitSync(); // what poll has returned, now that all of it is handled
            }
        }
    }

    private static void handle(JsonNode alert) {
        if (alert.get("v").asInt() != 1) {
            throw new IllegalStateException("an alert of version " + alert.get("v") + ", and this reads version 1");
        }
        String id = alert.get("id").asText();
        int seq = alert.get("seq").asInt();
        if (seq <= handled.getOrDefault(id, -1)) {
            return; // a repetition
        }
        OUT.println(alert.get("kind").asText() + " " + seq + " " + alert.get("title").asText());
        handled.put(id, seq);
    }
}
