import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A Java member of a group: prints each message's body as a line. Arguments: lite or push, name server, group, topic. As
 * a push consumer it puts every message that begins with "later" back once.
 */
public final class Peer {
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("lite")) lite(arguments[1], arguments[2], arguments[3]);
        else push(arguments[1], arguments[2], arguments[3]);
    }

    private static void lite(String nameServer, String group, String topic) throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(group);
        consumer.setNamesrvAddr(nameServer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAutoCommitIntervalMillis(1000);
        consumer.subscribe(topic, "*");
        consumer.start();
        Runtime.getRuntime().addShutdownHook(new Thread(consumer::shutdown));
        while (true) print(consumer.poll(500));
    }

    private static void push(String nameServer, String group, String topic) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(nameServer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            MessageExt message = messages.get(0);
            if (new String(message.getBody()).startsWith("later") && message.getReconsumeTimes() == 0)
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            print(messages);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        Runtime.getRuntime().addShutdownHook(new Thread(consumer::shutdown));
        Thread.currentThread().join();
    }

    private static synchronized void print(List<MessageExt> messages) {
        for (MessageExt message : messages) System.out.println(new String(message.getBody()));
        System.out.flush();
    }
}
