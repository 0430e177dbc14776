package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.fleetcast.tls.CaFingerprint;
import org.fleetcast.tls.PemFault;
import org.fleetcast.tls.TlsClient;

/** Asks Elasticsearch, with the server's login, whether that login has all that it needs. */
final class ElasticsearchLogin {
  private static final String PART = "elasticsearch";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What stands in configuration.md; %1$s is the prefix of the indices of log lines. */
  private static final String WANTED =
      "{\"cluster\":[\"manage_index_templates\"],\"index\":[{\"names\":"
          + "[\"%1$s*\",\"fleetcast-dead-letter-*\"],\"privileges\":[\"create_index\","
          + "\"create_doc\",\"read\",\"maintenance\",\"view_index_metadata\",\"delete_index\"]},"
          + "{\"names\":[\"fleetcast-dead-letter-*\"],\"privileges\":[\"delete\"]}%2$s]}";

  /** Of a data stream, and of the indices behind it. */
  private static final String OF_A_STREAM =
      ",{\"names\":[\"%1$s\"],\"privileges\":[\"create_index\",\"create_doc\",\"read\","
          + "\"maintenance\",\"view_index_metadata\",\"delete\"%2$s]}";

  private final Environment environment;

  ElasticsearchLogin(Environment environment) {
    this.environment = environment;
  }

  /** What comes of it at an address that takes connections. */
  Finding at(URI address, int port, Duration limit) {
    String path = address.getRawPath().replaceFirst("/+$", "");
    String base = "%s://%s:%d%s".formatted(address.getScheme(), address.getHost(), port, path);
    try {
      HttpClient http = HttpClient.newBuilder().sslContext(tls()).connectTimeout(limit).build();
      HttpRequest.Builder question =
          HttpRequest.newBuilder(URI.create(base + "/_security/user/_has_privileges"))
              .timeout(limit)
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(WANTED.formatted(prefix(), ofTheStream())));
      authorization(address).ifPresent(login -> question.header("Authorization", login));
      HttpResponse<String> answer =
          http.send(question.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
      return found(answer.statusCode(), answer.body());
    } catch (PemFault fault) {
      return Finding.bad(PART, String.valueOf(fault.getMessage()), "Look at that setting.");
    } catch (IOException failure) {
      return Finding.bad(
          PART,
          "It does not answer: " + failure.getMessage(),
          "Look at ELASTICSEARCH_URL (http or https) and at ELASTICSEARCH_CA_FILE.");
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return Finding.note(PART, "It was not asked to the end", "");
    }
  }

  private String prefix() {
    return environment.variable("ELASTICSEARCH_INDEX_PREFIX").orElse("logstash-http-");
  }

  private String ofTheStream() {
    String retention =
        environment
            .variable("LOG_RETENTION_DAYS")
            .map(days -> ",\"manage_data_stream_lifecycle\"")
            .orElse("");
    return environment
        .variable("ELASTICSEARCH_DATA_STREAM")
        .map(name -> OF_A_STREAM.formatted(name, retention))
        .orElse("");
  }

  private SSLContext tls() {
    return environment
        .variable("ELASTICSEARCH_CA_FINGERPRINT")
        .map(text -> CaFingerprint.of("ELASTICSEARCH_CA_FINGERPRINT", text).context())
        .orElseGet(
            () ->
                TlsClient.trusting(
                        "ELASTICSEARCH_CA_FILE", environment.variable("ELASTICSEARCH_CA_FILE"))
                    .context());
  }

  private Optional<String> authorization(URI address) {
    String password = environment.secret("ELASTICSEARCH_PASSWORD").orElse("");
    return environment
        .secret("ELASTICSEARCH_API_KEY")
        .map(encoded -> "ApiKey " + encoded)
        .or(
            () ->
                environment
                    .variable("ELASTICSEARCH_USERNAME")
                    .map(user -> user + ":" + password)
                    .or(() -> Optional.ofNullable(address.getUserInfo()))
                    .map(ElasticsearchLogin::basic));
  }

  private static String basic(String login) {
    return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
  }

  private Finding found(int status, String body) throws IOException {
    if (status == 200) {
      List<String> lacking = lacking(JSON.readTree(body));
      return lacking.isEmpty()
          ? Finding.ok(PART, "It lets us in, with all the privileges that are needed")
          : Finding.bad(
              PART,
              "It lets us in, and these privileges lack: " + String.join(", ", lacking),
              "src/site/markdown/configuration.md has those that are needed.");
    }
    if (status == 401 || status == 403) {
      return Finding.bad(
          PART,
          "It refuses the login",
          "Look at ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and its password.");
    }
    if (body.contains("no handler found") || body.contains("security_not_enabled")) {
      return Finding.ok(PART, "It asks nobody for a login");
    }
    return Finding.bad(PART, "It answers " + status, "Look at its own log.");
  }

  private static List<String> lacking(JsonNode answer) {
    List<String> lacking = new ArrayList<>();
    answer.path("cluster").properties().stream()
        .filter(privilege -> !privilege.getValue().asBoolean())
        .forEach(privilege -> lacking.add(privilege.getKey()));
    answer
        .path("index")
        .properties()
        .forEach(
            index ->
                index.getValue().properties().stream()
                    .filter(privilege -> !privilege.getValue().asBoolean())
                    .forEach(
                        privilege -> lacking.add(privilege.getKey() + " on " + index.getKey())));
    return lacking;
  }
}
