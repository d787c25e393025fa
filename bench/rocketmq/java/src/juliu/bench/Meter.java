package juliu.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Counts messages; time and CPU of the process run from the end of the warm-up to the last one. */
final class Meter {
    private final long warmUp;
    private final long end;
    private final CountDownLatch done = new CountDownLatch(1);
    private long count;
    private long lastChange = System.nanoTime();
    private long startedAt;
    private long cpuAtStart;
    private double seconds;
    private double cpuSeconds;

    Meter(long warmUp, long messages) {
        this.warmUp = warmUp;
        this.end = warmUp + messages;
        if (warmUp == 0) start();
    }

    synchronized void add(int messages) {
        long before = count;
        count += messages;
        lastChange = System.nanoTime();
        if (before < warmUp && count >= warmUp) start();
        if (before < end && count >= end) {
            seconds = (System.nanoTime() - startedAt) / 1e9;
            cpuSeconds = (cpu() - cpuAtStart) / 1e9;
            done.countDown();
        }
    }

    private void start() {
        startedAt = System.nanoTime();
        cpuAtStart = cpu();
    }

    synchronized boolean finished() {
        return count >= end;
    }

    /** Waits for the last message; prints the line of figures, or ends with status 1 when nothing came for idleSeconds. */
    void report(String client, long idleSeconds) throws InterruptedException {
        while (!done.await(1, TimeUnit.SECONDS)) {
            synchronized (this) {
                if (System.nanoTime() - lastChange < idleSeconds * 1_000_000_000L) continue;
                System.err.println(client + ": nothing for " + idleSeconds + " s after " + count + " messages");
            }
            Runtime.getRuntime().halt(1);
        }
        System.out.printf(java.util.Locale.ROOT,
            "{\"client\":\"%s\",\"messages\":%d,\"seconds\":%.3f,\"cpuSeconds\":%.3f}%n",
            client, end - warmUp, seconds, cpuSeconds);
        System.out.flush();
    }

    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
