package juliu.broker;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.apache.rocketmq.namesrv.NamesrvStartup;
import org.apache.rocketmq.proxy.ProxyStartup;

/**
 * Name server, broker and proxy in one JVM, driven over standard input and output.
 *
 * <p>The only argument is a JSON file: {home, parent (pid), brokerName, ports {nameServer, broker, ha, grpc, remoting},
 * broker {…}, proxy {…} (settings over the defaults below), topics [{name, queues}], groups [{name, retryMaxTimes}],
 * user {accessKey, accessSecret}, certificate {certFile, keyFile}, encrypted}. Prints {"ready": true} once a client
 * can use every topic. Then one JSON command per input line, {id, do, …}, is answered by one line {id, result} or
 * {id, error}; commands run side by side. Ends when standard input closes or the parent is gone.
 */
public final class Launcher {
    private final PrintStream answers;
    private final Administration administration;
    private final Sender sender;
    private final Set<Long> cancelled = ConcurrentHashMap.newKeySet();
    private final ExecutorService workers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "command");
        thread.setDaemon(true);
        return thread;
    });

    private Launcher(PrintStream answers, Administration administration, Sender sender) {
        this.answers = answers;
        this.administration = administration;
        this.sender = sender;
    }

    public static void main(String[] arguments) throws Exception {
        // The servers print to standard output; only answers may go there.
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        JSONObject settings = JSON.parseObject(Files.readString(Path.of(arguments[0])));
        endWithParent(settings);
        try {
            startServers(settings);
            Administration administration = new Administration(settings);
            administration.awaitBroker();
            Launcher launcher = new Launcher(answers, administration, new Sender(settings));
            administration.createGroups(settings.getJSONArray("groups"));
            administration.createTopics(settings.getJSONArray("topics"));
            launcher.answer(Map.of("ready", true));
            if (!launcher.serve() && settings.getBooleanValue("temporary")) {
                deleteTree(Path.of(settings.getString("home")));
                Runtime.getRuntime().halt(0);
            }
        } catch (Throwable error) {
            error.printStackTrace();
            System.err.flush();
            Runtime.getRuntime().halt(1);
        }
        exit();
    }

    private static void startServers(JSONObject settings) throws IOException {
        Path home = Path.of(settings.getString("home"));
        Configuration configuration = new Configuration(settings);
        Path nameServer = Files.writeString(home.resolve("namesrv.conf"), configuration.nameServer());
        Path broker = Files.writeString(home.resolve("broker.conf"), configuration.broker());
        Path proxy = Files.writeString(home.resolve("rmq-proxy.json"), configuration.proxy());
        MessageSyncTopics.allow();
        NamesrvStartup.main(new String[] {"-c", nameServer.toString()});
        ProxyStartup.main(new String[] {
            "-n", configuration.nameServerAddress(), "-pm", "local", "-bc", broker.toString(), "-pc", proxy.toString()
        });
    }

    /** True when it was told to end, false when whoever gave the commands is gone. */
    private boolean serve() throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JSONObject command = JSON.parseObject(line);
            if ("shutdown".equals(command.getString("do"))) return true;
            workers.execute(() -> run(command));
        }
        return false;
    }

    private void run(JSONObject command) {
        long id = command.getLongValue("id");
        try {
            Object result = carryOut(id, command);
            answer(Map.of("id", id, "result", result));
        } catch (Throwable error) {
            answer(Map.of("id", id, "error", error.toString()));
        } finally {
            cancelled.remove(id);
        }
    }

    private Object carryOut(long id, JSONObject command) throws Exception {
        String topic = command.getString("topic");
        String group = command.getString("group");
        switch (command.getString("do")) {
            case "createTopic":
                return administration.createTopic(topic, command.getIntValue("queues", 8), command.getString("type"));
            case "deleteTopic":
                return administration.deleteTopic(topic);
            case "createGroup":
                return administration.createGroup(group, command.getIntValue("retryMaxTimes", 16));
            case "resetOffsets":
                return administration.resetOffsets(topic, group, command.getBooleanValue("toEnd"));
            case "stats":
                return administration.stats(topic, group);
            case "produce":
                return sender.send(
                    command,
                    () -> cancelled.contains(id),
                    messages -> answer(Map.of("id", id, "progress", messages)));
            case "cancel":
                cancelled.add(command.getLongValue("command"));
                return true;
            case "cpuSeconds":
                return processCpuSeconds();
            default:
                throw new IllegalArgumentException("unknown command " + command.getString("do"));
        }
    }

    private static double processCpuSeconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime() / 1e9;
    }

    private synchronized void answer(Map<String, ?> message) {
        answers.println(JSON.toJSONString(message));
    }

    /** Standard input closes with the parent; a parent that handed its end to a child would keep it open. */
    private static void endWithParent(JSONObject settings) {
        long pid = settings.getLongValue("parent");
        Thread watch = new Thread(() -> {
            while (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
                try {
                    Thread.sleep(1000);
                } catch (InterruptedException stopped) {
                    return;
                }
            }
            if (settings.getBooleanValue("temporary")) deleteTree(Path.of(settings.getString("home")));
            Runtime.getRuntime().halt(0);
        }, "parent-watch");
        watch.setDaemon(true);
        watch.start();
    }

    private static void deleteTree(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException | java.io.UncheckedIOException gone) {
            // Whatever is left lies in the system's temporary folder.
        }
    }

    /** Orderly, so that offsets are flushed; a shutdown hook that hangs does not keep the process alive. */
    private static void exit() {
        Thread limit = new Thread(() -> {
            try {
                Thread.sleep(15_000);
            } catch (InterruptedException stopped) {
                return;
            }
            Runtime.getRuntime().halt(2);
        }, "exit-limit");
        limit.setDaemon(true);
        limit.start();
        System.exit(0);
    }
}
