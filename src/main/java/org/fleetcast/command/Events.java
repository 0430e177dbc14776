package org.fleetcast.command;

import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.fleetcast.sink.LineJson;
import org.jspecify.annotations.Nullable;

/**
 * The events of an open stream, one after the other. A stream that brings nothing for a while, not
 * even a heartbeat, is dead (its network is gone) and is closed.
 */
final class Events implements AutoCloseable {
  /** The largest heartbeat that is sensible, and some. */
  private static final Duration SILENCE = Duration.ofSeconds(90);

  private final InputStream body;
  private final BufferedReader lines;
  private final ScheduledExecutorService watch;
  private volatile boolean heard;

  Events(InputStream body) {
    this(body, SILENCE);
  }

  Events(InputStream body, Duration silence) {
    this.body = body;
    this.lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    this.watch =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "fleetcast-silence");
              thread.setDaemon(true);
              return thread;
            });
    long half = silence.toMillis() / 2;
    var unused = watch.scheduleWithFixedDelay(this::look, half, half, TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (heard) {
      heard = false;
    } else {
      closeBody();
    }
  }

  /** The next event; null when the stream has ended. */
  @Nullable ServerEvent next() throws IOException {
    String id = null;
    String name = "message";
    StringBuilder data = null;
    for (String line = read(); line != null; line = read()) {
      if (line.isEmpty()) {
        if (data != null) {
          return new ServerEvent(id, name, LineJson.MAPPER.readTree(data.toString()));
        }
        if (id != null) {
          return new ServerEvent(id, "", MissingNode.getInstance());
        }
        name = "message";
        continue;
      }
      int colon = line.indexOf(':');
      String value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
      switch (colon < 0 ? line : line.substring(0, colon)) {
        case "id" -> id = value;
        case "event" -> name = value;
        case "data" ->
            data = data == null ? new StringBuilder(value) : data.append('\n').append(value);
        default -> {} // a comment, or for a browser
      }
    }
    return null;
  }

  private @Nullable String read() throws IOException {
    String line = lines.readLine();
    heard = true;
    return line;
  }

  @Override
  public void close() {
    watch.shutdownNow();
    closeBody();
  }

  private void closeBody() {
    try {
      body.close();
    } catch (IOException gone) {
      return; // it need not be closed then
    }
  }
}
