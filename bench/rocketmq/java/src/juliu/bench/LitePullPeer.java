package juliu.bench;

import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * DefaultLitePullConsumer over remoting, offsets committed in the background. Several passes over the topic in one
 * process, each with a group of its own: in the first the compiler is at work, in the later ones the code is compiled.
 */
public final class LitePullPeer {
    /** Arguments: name server, topic, group, warm-up, messages, seconds without a message, pull batch, passes. */
    public static void main(String[] arguments) throws Exception {
        int passes = Integer.parseInt(arguments[7]);
        for (int pass = 1; pass <= passes; pass++) {
            DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(arguments[2] + "_" + pass);
            consumer.setNamesrvAddr(arguments[0]);
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
            consumer.setPullBatchSize(Integer.parseInt(arguments[6]));
            consumer.subscribe(arguments[1], "*");
            consumer.start();
            long idleSeconds = Long.parseLong(arguments[5]);
            Meter meter = new Meter(Long.parseLong(arguments[3]), Long.parseLong(arguments[4]), idleSeconds);
            while (!meter.finished()) {
                List<MessageExt> messages = consumer.poll(1000);
                if (!messages.isEmpty()) meter.add(messages.size());
            }
            consumer.shutdown();
        }
        Runtime.getRuntime().halt(0);
    }
}
