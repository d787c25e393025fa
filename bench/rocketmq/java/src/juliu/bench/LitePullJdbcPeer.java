package juliu.bench;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Timestamp;
import java.util.Properties;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * What a Java developer writes in 25 lines: poll, add to a batch, insert the batch. Bodies as they are, into one table;
 * offsets committed in the background, whether the insert went well or not: it loses messages in a crash.
 */
public final class LitePullJdbcPeer {
    private static final int ROWS = 20_000;

    /** Arguments: name server, topic, group, warm-up, messages, seconds without a message, JDBC URL, row_binary or values. */
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", "default");
        properties.setProperty("password", "");
        if (arguments[7].equals("row_binary")) properties.setProperty("beta.row_binary_for_simple_insert", "true");
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(arguments[2]);
        consumer.setNamesrvAddr(arguments[0]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPullBatchSize(1000);
        consumer.subscribe(arguments[1], "*");
        consumer.start();
        long idleSeconds = Long.parseLong(arguments[5]);
        Meter meter = new Meter(Long.parseLong(arguments[3]), Long.parseLong(arguments[4]), idleSeconds);
        String sql = "INSERT INTO messages (msg_id, tag, born_at, queue, position, body) VALUES (?, ?, ?, ?, ?, ?)";
        try (Connection connection = DriverManager.getConnection(arguments[6], properties);
            PreparedStatement insert = connection.prepareStatement(sql)) {
            int rows = 0;
            while (!meter.finished()) {
                for (MessageExt message : consumer.poll(1000)) {
                    insert.setString(1, message.getMsgId());
                    insert.setString(2, message.getTags());
                    insert.setTimestamp(3, new Timestamp(message.getBornTimestamp()));
                    insert.setInt(4, message.getQueueId());
                    insert.setLong(5, message.getQueueOffset());
                    insert.setString(6, new String(message.getBody(), StandardCharsets.UTF_8));
                    insert.addBatch();
                    rows++;
                }
                if (rows < ROWS) continue;
                insert.executeBatch();
                meter.add(rows);
                rows = 0;
            }
        }
        Runtime.getRuntime().halt(0);
    }
}
