package org.fleetcast.stack;

import jakarta.json.JsonObject;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What runs on a device, for the part of its life that the server has a hand in: it fetches its
 * config when it is told of a new one, and new credentials when it is told that its turn has come.
 *
 * <p>A turn: a token with the secret it has, the new secret with that token, a token with the new
 * secret, its config with that one. Only then is the old secret forgotten; a new one that is
 * refused is dropped. What fails is tried again for a few minutes, with growing delays: the server
 * may be starting again. The token of the first step is kept for that: if the answer with the new
 * secret was lost, the old one gets no other.
 */
public final class Firmware implements Part {
  private static final String PROVISIONING = "iotsupport/updates/provisioning";
  private static final String CONFIG = "iotsupport/updates/config";
  private static final int TRIES = 24;
  private static final long FIRST_DELAY_MILLIS = 250;
  private static final long LONGEST_DELAY_MILLIS = 8_000;

  private final Uplink uplink;
  private final ScheduledExecutorService executor;
  private final Consumer<String> onProvisioning = this::toldOfProvisioning;
  private final Consumer<String> onConfig = this::toldOfConfig;
  private boolean stubborn;
  private Progress progress = Progress.silent();
  private @Nullable Downlink downlink;

  private String secret;
  private @Nullable String unproven;
  private @Nullable String config;
  private @Nullable Turn turn;
  private int rotations;

  private Firmware(Uplink uplink, String secret, ScheduledExecutorService executor) {
    this.uplink = uplink;
    this.secret = secret;
    this.executor = executor;
  }

  /**
   * A device that was given what {@code GET /api/devices/{id}/provisioning} answers, not started.
   *
   * @param executor what it works on; a thread or two serve many devices
   */
  public static Firmware of(JsonObject provisioning, ScheduledExecutorService executor) {
    return new Firmware(
        Uplink.of(provisioning), Uplink.text(provisioning, "client_secret"), executor);
  }

  /** Makes it one that never fetches new credentials, so that its turns time out. */
  public Firmware stubborn() {
    stubborn = true;
    return this;
  }

  /** Whom to tell, in a few words, how its rotations go. */
  public Firmware telling(Progress listener) {
    progress = listener;
    return this;
  }

  /** Listens from now on. */
  public Firmware start(Downlink from) {
    downlink = from;
    from.hear(PROVISIONING, onProvisioning);
    from.hear(CONFIG, onConfig);
    return this;
  }

  /** The secret that it trusts: one that has been proven. */
  public synchronized String secret() {
    return secret;
  }

  /** How often it has taken a new secret into use. */
  public synchronized int rotations() {
    return rotations;
  }

  /** The config that it fetched last. */
  public synchronized Optional<String> config() {
    return Optional.ofNullable(config);
  }

  @Override
  public void close() {
    if (downlink != null) {
      downlink.leave(PROVISIONING, onProvisioning);
      downlink.leave(CONFIG, onConfig);
    }
    latest(null);
  }

  private void toldOfProvisioning(String message) {
    if (!isMine(message)) {
      return;
    }
    if (stubborn) {
      progress.say("new credentials are due, but not now");
      return;
    }
    Turn next = new Turn();
    latest(next);
    work("rotation", next::step, 0);
  }

  private void toldOfConfig(String message) {
    if (isMine(message)) {
      work("config", () -> configured(fetched(config(anyToken()))), 0);
    }
  }

  private boolean isMine(String message) {
    try {
      return Uplink.text(Uplink.object(message), "client_id").equals(uplink.clientId());
    } catch (IllegalStateException notForDevices) {
      return false;
    }
  }

  /** Does it now, and again after a while if it fails; it must know by itself when it is over. */
  private void work(String name, Runnable step, int failures) {
    try {
      executor.schedule(
          () -> attempt(name, step, failures), delay(failures), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException ended) {
      return; // no power any more
    }
  }

  private void attempt(String name, Runnable step, int failures) {
    try {
      step.run();
    } catch (IllegalStateException | UncheckedIOException failure) {
      if (failures + 1 < TRIES) {
        work(name, step, failures + 1);
      } else {
        progress.say(name + " given up: " + failure.getMessage());
      }
    }
  }

  private static long delay(int failures) {
    return failures == 0 ? 0 : Math.min(FIRST_DELAY_MILLIS << (failures - 1), LONGEST_DELAY_MILLIS);
  }

  /** With a secret that may be in force already, or else with the one that was before. */
  private String anyToken() {
    return secrets().stream()
        .map(uplink::token)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the credentials are refused"));
  }

  private Optional<String> config(String token) {
    return uplink.get("/api/iot/config", token);
  }

  private static String fetched(Optional<String> answer) {
    return answer.orElseThrow(() -> new IllegalStateException("the token is refused"));
  }

  private synchronized List<String> secrets() {
    return Stream.of(unproven, secret).filter(Objects::nonNull).toList();
  }

  private synchronized void latest(@Nullable Turn next) {
    turn = next;
  }

  private synchronized boolean isLatest(Turn one) {
    return turn == one;
  }

  private synchronized void received(@Nullable String next) {
    unproven = next;
  }

  private synchronized void configured(String text) {
    config = text;
  }

  /** Whether it is another than before. */
  private synchronized boolean proven(String next) {
    boolean changed = !secret.equals(next);
    secret = next;
    unproven = null;
    rotations += changed ? 1 : 0;
    return changed;
  }

  /** One turn, with what it has got so far. */
  private final class Turn {
    private @Nullable String access;
    private @Nullable String next;

    void step() {
      if (isLatest(this)) {
        String received = next == null ? receive() : next;
        configured(fetched(config(token(received))));
        if (proven(received)) {
          progress.say("new credentials in use");
        }
      }
    }

    private String receive() {
      String token = access == null ? anyToken() : access;
      access = token;
      Optional<String> answer = uplink.get("/api/iot/provisioning", token);
      if (answer.isEmpty()) {
        access = null;
      }
      String received = Uplink.text(Uplink.object(fetched(answer)), "client_secret");
      next = received;
      received(received);
      return received;
    }

    private String token(String received) {
      Optional<String> token = uplink.token(received);
      if (token.isEmpty()) { // it was taken back
        next = null;
        received(null);
      }
      return fetched(token);
    }
  }
}
