package juliu.broker;

import org.apache.rocketmq.client.Validators;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.proxy.grpc.v2.common.GrpcValidator;

/**
 * Lets clients use topics called rmq_sys_jst_…: the name message sync gives them. RocketMQ from the Apache project
 * keeps every name that begins with rmq_sys_ for itself and answers ILLEGAL_TOPIC.
 */
final class MessageSyncTopics extends GrpcValidator {
    private static final String PREFIX = "rmq_sys_jst_";

    static void allow() {
        instance = new MessageSyncTopics();
    }

    @Override
    public void validateTopic(String name) {
        if (!name.startsWith(PREFIX)) {
            super.validateTopic(name);
            return;
        }
        try {
            Validators.checkTopic(name);
        } catch (MQClientException wrong) {
            super.validateTopic(name);
        }
    }
}
