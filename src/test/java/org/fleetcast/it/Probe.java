package org.fleetcast.it;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Asks the same thing again and again, on a new connection each time, and keeps the longest wait.
 */
final class Probe implements AutoCloseable {
  private static final Duration BETWEEN = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final String name;
  private final int port;
  private final byte[] request;
  private final String awaited;
  private int asked;
  private Duration longest = Duration.ZERO;
  private String failure = "";
  private int failures;

  /**
   * What was seen of it.
   *
   * @param longest of a request that was not answered, the time until that was clear
   * @param failures how many were answered otherwise, or not at all
   * @param failure how the last of them ended
   */
  record Seen(String name, int asked, Duration longest, int failures, String failure) {}

  /**
   * @param headers with their line ends
   * @param awaited what is in the answer when it is good; its time is when that came
   */
  Probe(String name, int port, String path, String headers, String awaited) {
    this.name = name;
    this.port = port;
    this.awaited = awaited;
    this.request =
        ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    clock.scheduleWithFixedDelay(this::ask, 0, BETWEEN.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What was seen since this was asked last. */
  synchronized Seen seen() {
    Seen seen = new Seen(name, asked, longest, failures, failure);
    asked = 0;
    longest = Duration.ZERO;
    failures = 0;
    failure = "";
    return seen;
  }

  private void ask() {
    long start = System.nanoTime();
    String problem;
    try {
      problem = answer(start + PATIENCE.toNanos());
    } catch (IOException broken) {
      problem = String.valueOf(broken.getMessage());
    }
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    keep(taken, problem);
  }

  private synchronized void keep(Duration taken, String problem) {
    if (clock.isShutdown()) {
      return;
    }
    asked++;
    longest = taken.compareTo(longest) > 0 ? taken : longest;
    if (!problem.isEmpty()) {
      failures++;
      failure = problem;
    }
  }

  /** What is wrong with the answer; empty when it is good. */
  private String answer(long deadline) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) PATIENCE.toMillis());
      socket.getOutputStream().write(request);
      InputStream in = socket.getInputStream();
      byte[] bytes = new byte[16 * 1024];
      String tail = "";
      String status = "no answer";
      for (int got = in.read(bytes); got >= 0; got = in.read(bytes)) {
        String text = tail + new String(bytes, 0, got, StandardCharsets.ISO_8859_1);
        status = text.startsWith("HTTP/1.1 ") ? text.lines().findFirst().orElse("") : status;
        if (text.contains(awaited)) {
          return "";
        }
        if (System.nanoTime() > deadline) {
          return status + " and not in time";
        }
        tail = text.substring(Math.max(0, text.length() - awaited.length()));
      }
      return status;
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
