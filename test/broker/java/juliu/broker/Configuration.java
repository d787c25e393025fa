package juliu.broker;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The three configuration files: small, on loopback, otherwise as the servers come. */
final class Configuration {
    static final String CLUSTER = "DefaultCluster";
    private static final String AUTHENTICATION = "org.apache.rocketmq.auth.authentication.provider.";
    private final JSONObject settings;
    private final JSONObject ports;

    Configuration(JSONObject settings) {
        this.settings = settings;
        this.ports = settings.getJSONObject("ports");
    }

    String nameServerAddress() {
        return "127.0.0.1:" + ports.getIntValue("nameServer");
    }

    String nameServer() {
        return "listenPort=" + ports.getIntValue("nameServer") + "\nbindAddress=127.0.0.1\n";
    }

    String broker() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("brokerClusterName", CLUSTER);
        values.put("brokerName", settings.getString("brokerName"));
        values.put("brokerId", 0);
        values.put("brokerIP1", "127.0.0.1");
        values.put("bindAddress", "127.0.0.1");
        values.put("listenPort", ports.getIntValue("broker"));
        values.put("haListenPort", ports.getIntValue("ha"));
        values.put("storePathRootDir", Path.of(settings.getString("home"), "store"));
        values.put("mappedFileSizeCommitLog", 67108864);
        values.put("mappedFileSizeConsumeQueue", 600000);
        values.put("mappedFileSizeTimerLog", 1048576);
        values.put("maxHashSlotNum", 10000);
        values.put("maxIndexNum", 40000);
        values.put("flushDiskType", "ASYNC_FLUSH");
        values.put("diskMaxUsedSpaceRatio", 95);
        values.put("registerNameServerPeriod", 10000);
        values.put("enablePropertyFilter", true);
        values.put("autoCreateTopicEnable", false);
        // Topics of message sync are called rmq_sys_jst_…; see MessageSyncTopics.
        values.put("validateSystemTopicWhenUpdateTopic", false);
        values.put("autoCreateSubscriptionGroup", true);
        // A busy two-core machine must not refuse a test's messages.
        values.put("waitTimeMillsInSendQueue", 5000);
        values.put("osPageCacheBusyTimeOutMills", 5000);
        JSONObject user = settings.getJSONObject("user");
        if (user != null) {
            values.put("authenticationEnabled", true);
            values.put("authenticationProvider", AUTHENTICATION + "DefaultAuthenticationProvider");
            values.put("authenticationMetadataProvider", AUTHENTICATION + "LocalAuthenticationMetadataProvider");
            values.put("initAuthenticationUser", JSON.toJSONString(Map.of(
                "username", user.getString("accessKey"), "password", user.getString("accessSecret"))));
            values.put("innerClientAuthenticationCredentials", innerCredentials(user));
        }
        values.putAll(settings.getJSONObject("broker"));
        StringBuilder text = new StringBuilder();
        values.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return text.toString();
    }

    String proxy() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("rocketMQClusterName", CLUSTER);
        values.put("localServeAddr", "127.0.0.1");
        values.put("grpcServerPort", ports.getIntValue("grpc"));
        values.put("remotingListenPort", ports.getIntValue("remoting"));
        values.put("enablePrintJstack", false);
        // A topic that was asked for before it existed, or that was deleted: 20 s is long for a test.
        values.put("topicRouteServiceCacheRefreshSeconds", 1);
        values.put("grpcShutdownTimeSeconds", 2);
        JSONObject certificate = settings.getJSONObject("certificate");
        values.put("tlsTestModeEnable", false);
        values.put("tlsKeyPath", certificate.getString("keyFile"));
        values.put("tlsCertPath", certificate.getString("certFile"));
        JSONObject user = settings.getJSONObject("user");
        if (user != null) {
            values.put("authenticationEnabled", true);
            values.put("authenticationProvider", AUTHENTICATION + "DefaultAuthenticationProvider");
            values.put("authenticationMetadataProvider",
                "org.apache.rocketmq.proxy.auth.ProxyAuthenticationMetadataProvider");
            values.put("innerClientAuthenticationCredentials", innerCredentials(user));
        }
        values.putAll(settings.getJSONObject("proxy"));
        return JSON.toJSONString(values);
    }

    private static String innerCredentials(JSONObject user) {
        return JSON.toJSONString(
            Map.of("accessKey", user.getString("accessKey"), "secretKey", user.getString("accessSecret")));
    }
}
