package org.fleetcast.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import org.fleetcast.stack.Nchan;

/** The peer; a message goes in by HTTP. */
final class NchanSide implements Side {
  private final Nchan nchan;
  private final HttpClient client = HttpClient.newHttpClient();

  NchanSide(Nchan nchan) {
    this.nchan = nchan;
  }

  @Override
  public String name() {
    return "nchan";
  }

  @Override
  public long pid() {
    return nchan.pid();
  }

  @Override
  public int port() {
    return nchan.port();
  }

  @Override
  public Readers.Request request() {
    return new Readers.Request("/sub", "");
  }

  @Override
  public void publish(byte[] message) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/pub"))
            .POST(BodyPublishers.ofByteArray(message))
            .build();
    try {
      client.send(request, BodyHandlers.discarding());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The bench was interrupted", stop);
    }
  }
}
