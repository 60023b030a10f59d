package bench;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** Kafka Streams with one thread: count per key in RocksDB with a changelog, pass the record on. */
public final class Count {
  private static final String STORE = "count";

  /** One keyed state update for each record. */
  static final class Counting implements FixedKeyProcessor<byte[], byte[], byte[]> {
    private FixedKeyProcessorContext<byte[], byte[]> context;
    private KeyValueStore<byte[], Long> counts;

    @Override
    public void init(FixedKeyProcessorContext<byte[], byte[]> context) {
      this.context = context;
      this.counts = context.getStateStore(STORE);
    }

    @Override
    public void process(FixedKeyRecord<byte[], byte[]> record) {
      Long before = counts.get(record.key());
      counts.put(record.key(), before == null ? 1L : before + 1L);
      context.forward(record);
    }
  }

  public static void main(String[] arguments) throws InterruptedException {
    var settings = new Properties();
    settings.putAll(
        Map.of(
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0],
            StreamsConfig.APPLICATION_ID_CONFIG, arguments[1],
            StreamsConfig.STATE_DIR_CONFIG, arguments[2],
            StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1,
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE,
            StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000,
            "auto.offset.reset", "earliest",
            "producer.acks", "all",
            "producer.linger.ms", 5,
            "max.partition.fetch.bytes", 4 * 1024 * 1024));
    var builder = new StreamsBuilder();
    builder.addStateStore(
        // Cached: one changelog record per key and commit, as the others have it.
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(STORE), Serdes.ByteArray(), Serdes.Long())
            .withCachingEnabled());
    builder.stream("bench.in", Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .processValues(Counting::new, STORE)
        .to("bench.out", Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    var streams = new KafkaStreams(builder.build(), settings);
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    streams.start();
    Thread.currentThread().join();
  }
}
