import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Prints the first of each id on a topic, one JSON object a line: servers registry topic schema id. */
final class Subscribe {
    public static void main(String[] given) throws Exception {
        var values = new Values(new Schema.Parser().parse(Path.of(given[3]).toFile()), given[1]);
        var settings = new Properties();
        settings.put("bootstrap.servers", given[0]);
        settings.put("key.deserializer", ByteArrayDeserializer.class);
        settings.put("value.deserializer", ByteArrayDeserializer.class);
        var seen = new HashSet<String>();
        try (var consumer = new KafkaConsumer<byte[], byte[]>(settings)) {
            var partitions = consumer.partitionsFor(given[2]).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    var event = values.decode(record.value());
                    if (seen.add(event.get(given[4]).toString())) {
                        System.out.println(event);
                    }
                }
            }
        }
    }
}
