package juliu.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * Counts messages and prints, as JSON lines, when the warm-up is over and when the last measured one is there: time and
 * CPU of the process run in between. Nothing for so many seconds ends the process with status 1.
 */
final class Meter {
    private final long warmUp;
    private final long end;
    private final CountDownLatch done = new CountDownLatch(1);
    private long count;
    private long lastChange = System.nanoTime();
    private long startedAt;
    private long cpuAtStart;

    Meter(long warmUp, long messages, long idleSeconds) {
        this.warmUp = warmUp;
        this.end = warmUp + messages;
        Thread watch = new Thread(() -> watch(idleSeconds));
        watch.setDaemon(true);
        watch.start();
    }

    synchronized void add(int messages) {
        long before = count;
        count += messages;
        lastChange = System.nanoTime();
        if (startedAt == 0 && count >= warmUp) {
            startedAt = System.nanoTime();
            cpuAtStart = cpu();
            print("warm", 0, 0);
        }
        if (before < end && count >= end) {
            print("end", (System.nanoTime() - startedAt) / 1e9, (cpu() - cpuAtStart) / 1e9);
            done.countDown();
        }
    }

    synchronized boolean finished() {
        return count >= end;
    }

    void awaitEnd() throws InterruptedException {
        done.await();
    }

    private void watch(long idleSeconds) {
        try {
            while (!finished()) {
                Thread.sleep(1000);
                synchronized (this) {
                    if (finished() || System.nanoTime() - lastChange < idleSeconds * 1_000_000_000L) continue;
                    System.err.println("nothing for " + idleSeconds + " s after " + count + " messages");
                }
                Runtime.getRuntime().halt(1);
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private void print(String mark, double seconds, double cpuSeconds) {
        System.out.printf(Locale.ROOT, "{\"mark\":\"%s\",\"count\":%d,\"seconds\":%.4f,\"cpuSeconds\":%.4f}%n",
            mark, count, seconds, cpuSeconds);
        System.out.flush();
    }

    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
