package juliu.broker;

import apache.rocketmq.v2.Address;
import apache.rocketmq.v2.AddressScheme;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Endpoints;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.Resource;
import com.alibaba.fastjson2.JSONObject;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.grpc.stub.MetadataUtils;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Asks the proxy for a route as a client does. */
final class ProxyProbe {
    private final ManagedChannel channel;
    private final Endpoints endpoints;
    private final JSONObject user;

    ProxyProbe(JSONObject settings) throws Exception {
        int port = settings.getJSONObject("ports").getIntValue("grpc");
        user = settings.getJSONObject("user");
        endpoints = Endpoints.newBuilder()
            .setScheme(AddressScheme.IPv4)
            .addAddresses(Address.newBuilder().setHost("127.0.0.1").setPort(port))
            .build();
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress("127.0.0.1", port);
        channel = settings.getBooleanValue("encrypted")
            ? builder
                .sslContext(GrpcSslContexts.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE).build())
                .build()
            : builder.usePlaintext().build();
    }

    boolean knows(String topic) throws Exception {
        return route(topic) == Code.OK;
    }

    boolean answers() throws Exception {
        return route("juliu-probe") == Code.TOPIC_NOT_FOUND;
    }

    private Code route(String topic) throws Exception {
        QueryRouteRequest request = QueryRouteRequest.newBuilder()
            .setTopic(Resource.newBuilder().setName(topic))
            .setEndpoints(endpoints)
            .build();
        return MessagingServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers()))
            .withDeadlineAfter(3, TimeUnit.SECONDS)
            .queryRoute(request)
            .getStatus()
            .getCode();
    }

    private Metadata headers() throws Exception {
        Metadata headers = new Metadata();
        put(headers, "x-mq-client-id", "juliu-probe");
        put(headers, "x-mq-language", "JAVA");
        put(headers, "x-mq-client-version", "5.0.8");
        put(headers, "x-mq-protocol", "v2");
        if (user == null) return headers;
        String time = java.time.format.DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
            .format(java.time.LocalDateTime.now(java.time.ZoneOffset.UTC));
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(user.getString("accessSecret").getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
        String signature =
            HexFormat.of().withUpperCase().formatHex(mac.doFinal(time.getBytes(StandardCharsets.UTF_8)));
        put(headers, "x-mq-date-time", time);
        put(headers, "authorization", "MQv2-HMAC-SHA1 Credential=" + user.getString("accessKey")
            + ", SignedHeaders=x-mq-date-time, Signature=" + signature);
        return headers;
    }

    private static void put(Metadata headers, String name, String value) {
        headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    }
}
