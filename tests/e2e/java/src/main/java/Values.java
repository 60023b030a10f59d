import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.message.BinaryMessageDecoder;

/** Values of one topic, in either encoding, as records of its schema. */
final class Values {
    private final Schema schema;
    private final String registry;
    private final BinaryMessageDecoder<GenericRecord> singleObject;
    private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new ConcurrentHashMap<>();

    Values(Schema schema, String registry) {
        this.schema = schema;
        this.registry = registry;
        singleObject = new BinaryMessageDecoder<>(GenericData.get(), schema);
    }

    GenericRecord decode(byte[] value) throws IOException {
        if (value[0] != 0) {
            return singleObject.decode(value); // C3 01, fingerprint, body
        }
        int id = ByteBuffer.wrap(value).getInt(1); // 00, the schema's id in the registry, body
        var body = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null);
        return readers.computeIfAbsent(id, this::reader).read(null, body);
    }

    private GenericDatumReader<GenericRecord> reader(int id) {
        try {
            var found = new ObjectMapper().readTree(new URL(registry + "/schemas/ids/" + id));
            var writers = new Schema.Parser().parse(found.get("schema").asText());
            return new GenericDatumReader<>(writers, schema);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
