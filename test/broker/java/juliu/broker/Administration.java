package juliu.broker;

import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.common.KeyBuilder;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.remoting.protocol.admin.ConsumeStats;
import org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper;
import org.apache.rocketmq.remoting.protocol.admin.TopicOffset;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** Topics, groups, offsets and counts, over the admin protocol; a change has reached the proxy when it is answered. */
final class Administration {
    private static final long READY_MS = 60_000;
    private final DefaultMQAdminExt admin;
    private final ProxyProbe probe;
    private final String brokerAddress;
    private final String nameServer;

    Administration(JSONObject settings) throws Exception {
        JSONObject ports = settings.getJSONObject("ports");
        brokerAddress = "127.0.0.1:" + ports.getIntValue("broker");
        nameServer = "127.0.0.1:" + ports.getIntValue("nameServer");
        admin = new DefaultMQAdminExt(signer(settings), 10_000);
        admin.setAdminExtGroup("juliu-admin");
        admin.setInstanceName("admin");
        admin.setNamesrvAddr(nameServer);
        admin.start();
        probe = new ProxyProbe(settings);
    }

    static RPCHook signer(JSONObject settings) {
        JSONObject user = settings.getJSONObject("user");
        return user == null
            ? null
            : new AclClientRPCHook(
                new SessionCredentials(user.getString("accessKey"), user.getString("accessSecret")));
    }

    /**
     * Open ports are not enough: the name server must know the broker. The broker's own first registration comes
     * before it has a connection and is lost, the next one 10 s later; setting its permission makes it register all.
     */
    void awaitBroker() throws Exception {
        Properties readAndWrite = new Properties();
        readAndWrite.put("brokerPermission", "6");
        await("the broker to register", () -> {
            admin.updateBrokerConfig(brokerAddress, readAndWrite);
            return admin.examineBrokerClusterInfo().getBrokerAddrTable().values().stream()
                .anyMatch(broker -> broker.getBrokerAddrs().containsValue(brokerAddress));
        });
    }

    void createGroups(JSONArray groups) throws Exception {
        for (int at = 0; at < groups.size(); at++) {
            JSONObject group = groups.getJSONObject(at);
            createGroup(group.getString("name"), group.getIntValue("retryMaxTimes", 16));
        }
    }

    void createTopics(JSONArray topics) throws Exception {
        for (int at = 0; at < topics.size(); at++) {
            JSONObject topic = topics.getJSONObject(at);
            createTopic(topic.getString("name"), topic.getIntValue("queues", 8), topic.getString("type"));
        }
        if (topics.isEmpty()) await("the proxy to answer", () -> probe.answers());
    }

    Object createTopic(String name, int queues, String type) throws Exception {
        TopicConfig topic = new TopicConfig(name, queues, queues);
        topic.getAttributes().put("+message.type", type == null ? "NORMAL" : type);
        admin.createAndUpdateTopicConfig(brokerAddress, topic);
        await("the proxy to know topic " + name, () -> probe.knows(name));
        return true;
    }

    Object deleteTopic(String name) throws Exception {
        admin.deleteTopicInBroker(Set.of(brokerAddress), name);
        admin.deleteTopicInNameServer(Set.of(nameServer), Configuration.CLUSTER, name);
        await("the proxy to forget topic " + name, () -> !probe.knows(name));
        return true;
    }

    Object createGroup(String name, int retryMaxTimes) throws Exception {
        SubscriptionGroupConfig group = new SubscriptionGroupConfig();
        group.setGroupName(name);
        group.setRetryMaxTimes(retryMaxTimes);
        admin.createAndUpdateSubscriptionGroupConfig(brokerAddress, group);
        return true;
    }

    Object resetOffsets(String topic, String group, boolean toEnd) throws Exception {
        for (Map.Entry<MessageQueue, TopicOffset> queue :
            admin.examineTopicStats(brokerAddress, topic).getOffsetTable().entrySet()) {
            TopicOffset range = queue.getValue();
            admin.resetOffsetByQueueId(brokerAddress, group, topic, queue.getKey().getQueueId(),
                toEnd ? range.getMaxOffset() : range.getMinOffset());
        }
        return true;
    }

    /** Counts of messages; −1 where the broker knows no such topic or group. */
    Map<String, Object> stats(String topic, String group) throws Exception {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("produced", stored(topic));
        if (group == null) return counts;
        counts.put("deadLetters", Math.max(0, stored("%DLQ%" + group)));
        counts.put("redelivered", Math.max(0, stored(KeyBuilder.buildPopRetryTopicV1(topic, group))));
        long unread = -1;
        try {
            ConsumeStats consumed = admin.examineConsumeStats(brokerAddress, group, topic, 10_000);
            unread = 0;
            for (OffsetWrapper queue : consumed.getOffsetTable().values())
                unread += queue.getBrokerOffset() - queue.getConsumerOffset();
        } catch (Exception unknown) {
            // The group has not asked for this topic yet.
        }
        counts.put("unread", unread);
        return counts;
    }

    private long stored(String topic) {
        try {
            return admin.examineTopicStats(brokerAddress, topic).getOffsetTable().values().stream()
                .mapToLong(TopicOffset::getMaxOffset)
                .sum();
        } catch (Exception unknown) {
            return -1;
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + READY_MS * 1_000_000;
        Exception last = null;
        while (System.nanoTime() < deadline) {
            try {
                if (condition.holds()) return;
            } catch (Exception notYet) {
                last = notYet;
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("waited " + READY_MS / 1000 + " s for " + what, last);
    }
}
