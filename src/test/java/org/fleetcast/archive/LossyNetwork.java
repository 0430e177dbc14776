package org.fleetcast.archive;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way to Elasticsearch, on which answers to bulk writes are lost, or requests come late. */
final class LossyNetwork implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger written = new AtomicInteger();
  private final URI target;
  private final HttpServer server;
  private volatile @Nullable Consumer<Request> losing;
  private volatile boolean refreshing = true;

  LossyNetwork(URI target) throws IOException {
    this.target = target;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::carry);
    server.start();
  }

  /** A request that Elasticsearch gets when it is sent on. */
  interface Request {
    void send();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The next bulk write gets no answer; what becomes of it is said here. */
  void loseNext(Consumer<Request> what) {
    losing = what;
  }

  /** From now on no refresh reaches Elasticsearch, so that nothing leaves the journal. */
  void refuseRefreshes() {
    refreshing = false;
  }

  /** How many bulk writes were answered. */
  int answered() {
    return written.get();
  }

  private void carry(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String path = exchange.getRequestURI().getPath();
    Consumer<Request> loss = losing;
    if (!refreshing && path.endsWith("/_refresh")) {
      exchange.sendResponseHeaders(503, -1);
    } else if (loss != null && path.endsWith("/_bulk")) {
      losing = null;
      loss.accept(() -> sent(exchange, body));
    } else {
      HttpResponse<byte[]> answer = sent(exchange, body);
      answer
          .headers()
          .map()
          .forEach(
              (name, values) -> {
                if (!name.equalsIgnoreCase("content-length")
                    && !name.equalsIgnoreCase("transfer-encoding")) {
                  exchange.getResponseHeaders().put(name, values);
                }
              });
      exchange.sendResponseHeaders(answer.statusCode(), answer.body().length);
      exchange.getResponseBody().write(answer.body());
      if (path.endsWith("/_bulk")) {
        written.incrementAndGet();
      }
    }
    exchange.close();
  }

  private HttpResponse<byte[]> sent(HttpExchange from, byte[] body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target.resolve(from.getRequestURI().toString()))
            .method(from.getRequestMethod(), BodyPublishers.ofByteArray(body));
    for (String name : List.of("Content-Type", "Accept")) {
      String value = from.getRequestHeaders().getFirst(name);
      if (value != null) {
        request.header(name, value);
      }
    }
    try {
      return http.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(stopping);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
