package juliu.bench;

import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** DefaultLitePullConsumer over remoting: pulls of 32, offsets committed in the background. */
public final class LitePullPeer {
    /** Arguments: name server, topic, group, warm-up, messages, seconds without a message. */
    public static void main(String[] arguments) throws Exception {
        Meter meter = new Meter(Long.parseLong(arguments[3]), Long.parseLong(arguments[4]));
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(arguments[2]);
        consumer.setNamesrvAddr(arguments[0]);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPullBatchSize(32);
        consumer.subscribe(arguments[1], "*");
        consumer.start();
        Thread reader = new Thread(() -> {
            while (!meter.finished()) {
                List<MessageExt> messages = consumer.poll(1000);
                if (!messages.isEmpty()) meter.add(messages.size());
            }
        });
        reader.setDaemon(true);
        reader.start();
        meter.report("java-lite-pull", Long.parseLong(arguments[5]));
        Runtime.getRuntime().halt(0);
    }
}
