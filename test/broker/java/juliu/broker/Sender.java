package juliu.broker;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.compression.Compressor;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Sends the lines of a file over the remoting protocol, as Java producers do.
 *
 * <p>Command: {topic, file, format "bodies" (a line is a body) or "messages" (a line is {body base64, tag, keys,
 * properties}), skip, limit, batch (messages that share one send and one message id), compress, rate (messages per
 * second), queue, tagFromTopic}. Result: {messages, seconds, messageIds (single sends of "messages" only)}.
 */
final class Sender {
    private static final int BATCH_BYTES = 1 << 20;
    private static final int IN_FLIGHT = 256;
    private static final Pattern TOPIC = Pattern.compile("\"topic\"\\s*:\\s*\"([^\"\\\\]*)\"");
    private final JSONObject settings;
    private final Map<String, DefaultMQProducer> producers = new ConcurrentHashMap<>();

    Sender(JSONObject settings) {
        this.settings = settings;
    }

    Object send(JSONObject command, BooleanSupplier cancelled, IntConsumer progress) throws Exception {
        DefaultMQProducer producer = producer(command.getString("compress"));
        String topic = command.getString("topic");
        boolean records = "messages".equals(command.getString("format"));
        boolean tagged = command.getBooleanValue("tagFromTopic");
        int batch = Math.max(1, command.getIntValue("batch", 1));
        double rate = command.getDoubleValue("rate");
        if (rate > 0) batch = Math.min(batch, Math.max(1, (int) (rate / 20)));
        long limit = command.getLongValue("limit", Long.MAX_VALUE);
        Integer queueId = command.getInteger("queue");
        MessageQueue queue =
            queueId == null ? null : new MessageQueue(topic, settings.getString("brokerName"), queueId);
        long started = System.nanoTime();
        Sends sends = new Sends(producer, queue, records && batch == 1);
        int taken = 0;
        int reported = 0;
        long reportedAt = started;
        List<Message> collected = new ArrayList<>();
        int bytes = 0;
        try (LineReader lines = new LineReader(Path.of(command.getString("file")))) {
            long skip = command.getLongValue("skip");
            while (taken < limit && !cancelled.getAsBoolean()) {
                byte[] line = lines.next();
                if (line == null) break;
                if (line.length == 0) continue;
                if (skip > 0) {
                    skip--;
                    continue;
                }
                if (rate > 0) pause(started + (long) (taken / rate * 1e9));
                Message message = records ? fromRecord(topic, line) : new Message(topic, line);
                if (tagged) message.setTags(topicOf(message.getBody()));
                taken++;
                if (batch == 1) {
                    sends.single(message, taken - 1);
                } else {
                    if (bytes + message.getBody().length > BATCH_BYTES && !collected.isEmpty()) {
                        sends.batch(collected);
                        bytes = 0;
                    }
                    collected.add(message);
                    bytes += message.getBody().length;
                    if (collected.size() == batch) {
                        sends.batch(collected);
                        bytes = 0;
                    }
                }
                long now = System.nanoTime();
                if (now - reportedAt > 200_000_000L) {
                    // Only what the broker has confirmed counts.
                    sends.settle();
                    int confirmed = taken - collected.size();
                    if (confirmed > reported) progress.accept(confirmed);
                    reported = confirmed;
                    reportedAt = now;
                }
            }
            if (!collected.isEmpty()) sends.batch(collected);
            sends.settle();
        }
        JSONObject result = new JSONObject();
        result.put("messages", taken);
        result.put("seconds", (System.nanoTime() - started) / 1e9);
        if (sends.ids != null) result.put("messageIds", Arrays.asList(sends.ids).subList(0, taken));
        return result;
    }

    private static void pause(long until) throws InterruptedException {
        long left = until - System.nanoTime();
        if (left > 0) TimeUnit.NANOSECONDS.sleep(left);
    }

    private static Message fromRecord(String topic, byte[] line) {
        JSONObject record = JSON.parseObject(line);
        Message message = new Message(topic, Base64.getDecoder().decode(record.getString("body")));
        if (record.getString("tag") != null) message.setTags(record.getString("tag"));
        if (record.getJSONArray("keys") != null) message.setKeys(record.getJSONArray("keys").toList(String.class));
        JSONObject properties = record.getJSONObject("properties");
        if (properties != null) properties.forEach((key, value) -> message.putUserProperty(key, String.valueOf(value)));
        return message;
    }

    private static String topicOf(byte[] body) {
        Matcher matcher = TOPIC.matcher(new String(body, StandardCharsets.UTF_8));
        return matcher.find() ? matcher.group(1) : null;
    }

    /** One producer per kind of compression: "" (none), zlib, lz4, zstd, or "labelled" (bytes as given, label set). */
    private DefaultMQProducer producer(String compress) {
        return producers.computeIfAbsent(compress == null ? "" : compress, kind -> {
            try {
                DefaultMQProducer producer =
                    new DefaultMQProducer("juliu-producer-" + kind, Administration.signer(settings));
                producer.setInstanceName("producer-" + kind);
                producer.setNamesrvAddr("127.0.0.1:" + settings.getJSONObject("ports").getIntValue("nameServer"));
                producer.setSendMsgTimeout(15_000);
                producer.setRetryTimesWhenSendFailed(5);
                producer.setRetryTimesWhenSendAsyncFailed(5);
                producer.setMaxMessageSize(4 * 1024 * 1024);
                producer.setCompressMsgBodyOverHowmuch(kind.isEmpty() ? Integer.MAX_VALUE : 1);
                if (kind.equals("labelled")) label(producer);
                else if (!kind.isEmpty()) producer.setCompressType(CompressionType.of(kind));
                producer.start();
                return producer;
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        });
    }

    /** There is no setter: whoever sends bytes that are no zlib under the label of zlib is broken. */
    private static void label(DefaultMQProducer producer) throws ReflectiveOperationException {
        Field field = DefaultMQProducer.class.getDeclaredField("compressor");
        field.setAccessible(true);
        field.set(producer, new Compressor() {
            @Override
            public byte[] compress(byte[] bytes, int level) {
                return bytes;
            }

            @Override
            public byte[] decompress(byte[] bytes) {
                return bytes;
            }
        });
    }

    /** Sends of one command: batches one after the other, single ones many at a time. */
    private static final class Sends {
        private final DefaultMQProducer producer;
        private final MessageQueue queue;
        private final Semaphore free = new Semaphore(IN_FLIGHT);
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private String[] ids;

        Sends(DefaultMQProducer producer, MessageQueue queue, boolean keepIds) {
            this.producer = producer;
            this.queue = queue;
            this.ids = keepIds ? new String[1024] : null;
        }

        void batch(List<Message> messages) throws Exception {
            if (queue == null) producer.send(messages);
            else producer.send(messages, queue);
            messages.clear();
        }

        void single(Message message, int at) throws Exception {
            free.acquire();
            check();
            SendCallback callback = new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    remember(at, result.getMsgId());
                    free.release();
                }

                @Override
                public void onException(Throwable error) {
                    failure.compareAndSet(null, error);
                    free.release();
                }
            };
            if (queue == null) producer.send(message, callback);
            else producer.send(message, queue, callback);
        }

        void settle() throws Exception {
            free.acquire(IN_FLIGHT);
            free.release(IN_FLIGHT);
            check();
        }

        private synchronized void remember(int at, String id) {
            if (ids == null) return;
            if (at >= ids.length) ids = Arrays.copyOf(ids, Math.max(ids.length * 2, at + 1));
            ids[at] = id;
        }

        private void check() {
            Throwable error = failure.get();
            if (error != null) throw new IllegalStateException(error);
        }
    }

    /** Lines as bytes, without decoding; gzip when the name ends in .gz. */
    private static final class LineReader implements AutoCloseable {
        private final InputStream input;
        private final byte[] chunk = new byte[1 << 16];
        private int from;
        private int to;

        LineReader(Path file) throws IOException {
            InputStream raw = Files.newInputStream(file);
            input = file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
        }

        /** The next line without its newline; null at the end. */
        byte[] next() throws IOException {
            byte[] line = new byte[0];
            while (true) {
                for (int at = from; at < to; at++) {
                    if (chunk[at] != '\n') continue;
                    line = joined(line, at);
                    from = at + 1;
                    return line;
                }
                line = joined(line, to);
                from = 0;
                to = input.read(chunk);
                if (to < 0) {
                    to = 0;
                    return line.length > 0 ? line : null;
                }
            }
        }

        private byte[] joined(byte[] start, int end) {
            if (end == from) return start;
            byte[] whole = Arrays.copyOf(start, start.length + end - from);
            System.arraycopy(chunk, from, whole, start.length, end - from);
            return whole;
        }

        @Override
        public void close() throws IOException {
            input.close();
        }
    }
}
