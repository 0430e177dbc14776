package org.fleetcast.stack;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** TCP ports of this machine. */
public final class Ports {
  private static final int LOWEST = 12_000;
  private static final int BEYOND = 32_000;
  private static final int TRIES = 1_000;

  /** Processes that run tests side by side choose from different ports. */
  private static final int PROCESSES = 8;

  private static final int PROCESS = Integer.getInteger("fleetcast.fork", 0) % PROCESSES;

  /** A part that is between two starts does not listen, and has its port all the same. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private Ports() {}

  /**
   * A port that nobody uses now and that was not given before. Below those that the kernel gives to
   * connections: one of them could take it while a part is down between two starts.
   */
  public static int free() {
    return ThreadLocalRandom.current()
        .ints(LOWEST, BEYOND)
        .map(port -> port - port % PROCESSES + PROCESS)
        .limit(TRIES)
        .filter(port -> !isInUse(port))
        .filter(GIVEN::add)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("There is no free port"));
  }

  /** Whether somebody listens on the port, on whatever address. */
  public static boolean isInUse(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(port));
      return false;
    } catch (IOException taken) {
      return true;
    }
  }
}
