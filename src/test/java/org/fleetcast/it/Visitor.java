package org.fleetcast.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.fleetcast.tls.TlsClient;

/**
 * A browser without a window that keeps cookies and follows nothing by itself, so that a test can
 * come between. Unlike the JDK's jar it shows secure cookies on loopback, as browsers do.
 */
final class Visitor {
  private static final Pattern FORM = Pattern.compile("action=\"([^\"]+)\"");

  private final Map<String, Map<String, String>> jar = new HashMap<>();
  private final HttpClient client;

  /** Somebody whose browser trusts that authority, of a PEM file, and no other. */
  Visitor(Path authority) {
    Optional<String> file = Optional.of(authority.toString());
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(TlsClient.trusting("authority", file).context())
            .build();
  }

  /** Asks for a page as a browser does. */
  HttpResponse<String> get(URI address) {
    return get(address, "none");
  }

  /** Asks for a page, led there by a page of that kind of site. */
  HttpResponse<String> get(URI address, String fetchSite) {
    return send(address, HttpRequest.newBuilder(address).header("Sec-Fetch-Site", fetchSite).GET());
  }

  /** Where the answer to a GET leads. */
  URI led(URI address) {
    HttpResponse<String> answer = get(address);
    return address.resolve(answer.headers().firstValue("Location").orElseThrow());
  }

  /** Signs in at Keycloak's own page; the address with which it sends the browser back. */
  URI signIn(URI authorization, String user, String password) {
    Matcher form = FORM.matcher(get(authorization).body());
    if (!form.find()) {
      throw new IllegalStateException("Keycloak showed no form at " + authorization);
    }
    URI action = URI.create(form.group(1).replace("&amp;", "&"));
    HttpRequest.BodyPublisher body =
        HttpRequest.BodyPublishers.ofString(
            "username=" + encoded(user) + "&password=" + encoded(password) + "&credentialId=");
    HttpResponse<String> answer =
        send(
            action,
            HttpRequest.newBuilder(action)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(body));
    return URI.create(answer.headers().firstValue("Location").orElseThrow());
  }

  /** What it would send to that server, as a header. */
  String cookies(URI server) {
    return kept(server).entrySet().stream()
        .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
        .collect(Collectors.joining("; "));
  }

  /** The cookies of that server, which may be changed. */
  Map<String, String> kept(URI server) {
    return jar.computeIfAbsent(server.getAuthority(), unused -> new HashMap<>());
  }

  private HttpResponse<String> send(URI address, HttpRequest.Builder request) {
    request.header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    if (!kept(address).isEmpty()) {
      request.header("Cookie", cookies(address));
    }
    try {
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      answer.headers().allValues("Set-Cookie").forEach(set -> keep(address, set));
      return answer;
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private void keep(URI address, String set) {
    HttpCookie cookie = HttpCookie.parse(set).get(0);
    String value = cookie.getValue().replace("\"", "");
    if (value.isEmpty() || cookie.getMaxAge() == 0) {
      kept(address).remove(cookie.getName());
    } else {
      kept(address).put(cookie.getName(), value);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
