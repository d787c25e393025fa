package juliu.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.MessageView;

/** SimpleConsumer over gRPC: threads that receive 32 and acknowledge each, waiting for the answer or not. */
public final class GrpcPeer {
    private static final int ACKS_IN_FLIGHT = 1024;

    /** Arguments: endpoints, topic, group, warm-up, messages, seconds without a message, threads, sync or async. */
    public static void main(String[] arguments) throws Exception {
        String topic = arguments[1];
        Meter meter = new Meter(Long.parseLong(arguments[3]), Long.parseLong(arguments[4]), Long.parseLong(arguments[5]));
        boolean async = arguments[7].equals("async");
        SimpleConsumer consumer = ClientServiceProvider.loadService()
            .newSimpleConsumerBuilder()
            .setClientConfiguration(ClientConfiguration.newBuilder()
                .setEndpoints(arguments[0])
                .enableSsl(false)
                .setRequestTimeout(Duration.ofSeconds(10))
                .build())
            .setConsumerGroup(arguments[2])
            .setAwaitDuration(Duration.ofSeconds(10))
            .setSubscriptionExpressions(Map.of(topic, FilterExpression.SUB_ALL))
            .build();
        Semaphore acks = new Semaphore(ACKS_IN_FLIGHT);
        for (int thread = Integer.parseInt(arguments[6]); thread > 0; thread--) {
            Thread reader = new Thread(() -> {
                while (!meter.finished()) {
                    try {
                        List<MessageView> messages = consumer.receive(32, Duration.ofSeconds(60));
                        for (MessageView message : messages) {
                            if (async) {
                                acks.acquire();
                                consumer.ackAsync(message).whenComplete((nothing, error) -> {
                                    acks.release();
                                    if (error == null) meter.add(1);
                                });
                            } else {
                                consumer.ack(message);
                                meter.add(1);
                            }
                        }
                    } catch (Exception error) {
                        System.err.println(error);
                    }
                }
            });
            reader.setDaemon(true);
            reader.start();
        }
        meter.awaitEnd();
        Runtime.getRuntime().halt(0);
    }
}
