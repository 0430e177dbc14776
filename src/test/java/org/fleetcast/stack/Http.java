package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Sends HTTP requests, with failures as unchecked exceptions. */
final class Http {
  private static final HttpClient CLIENT = client().build();
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(10);

  private Http() {}

  /** Also for servers whose certificate nobody vouches for, since they made it themselves. */
  static HttpClient.Builder client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .sslContext(trustingAnybody())
        .connectTimeout(Duration.ofSeconds(30));
  }

  private static SSLContext trustingAnybody() {
    try {
      SSLContext any = SSLContext.getInstance("TLS");
      any.init(null, new TrustManager[] {new TrustsAnybody()}, null);
      return any;
    } catch (GeneralSecurityException withoutTls) {
      throw new IllegalStateException(withoutTls);
    }
  }

  /** Also of names: only for an extended one the JDK does not compare them itself. */
  private static final class TrustsAnybody extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  static <T> HttpResponse<T> send(
      HttpClient client, HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    try {
      return client.send(request, handler);
    } catch (IOException broken) {
      throw new UncheckedIOException(request.method() + " " + request.uri() + " failed", broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(request.method() + " was interrupted", interrupted);
    }
  }

  /** Whether the address answers a GET with 200 now. */
  static boolean answers(URI address) {
    return answers(address, PROBE_TIMEOUT);
  }

  /** Whether it does so in that time. */
  static boolean answers(URI address, Duration limit) {
    HttpRequest request = HttpRequest.newBuilder(address).timeout(limit).build();
    try {
      return send(CLIENT, request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (UncheckedIOException notYet) {
      return false;
    }
  }
}
