package org.fleetcast.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.stack.Certificates;
import org.fleetcast.stack.Ports;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server of our own: the Elasticsearch of the tests comes without TLS and logins. */
class ElasticsearchAccessTest {
  @TempDir Path folder;
  @TempDir Path elsewhere;
  private Certificates certificates;
  private HttpsServer server;
  private volatile String authorization = "";
  private volatile String path = "";

  @BeforeEach
  void start() throws IOException {
    certificates = Certificates.in(folder);
    certificates.issue("elasticsearch");
    server = HttpsServer.create(new InetSocketAddress(0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(certificates.identity("elasticsearch")));
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    path = exchange.getRequestURI().getPath();
    byte[] body = "{\"ok\":true}".getBytes(StandardCharsets.US_ASCII);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Test
  void https_is_trusted_by_a_file_or_by_a_fingerprint() throws Exception {
    assertThat(ask(address("localhost"), access(null, ca(), null))).isTrue();
    assertThat(ask(address("127.0.0.1"), access(null, null, fingerprint()))).isTrue();
  }

  @Test
  void who_is_not_trusted_is_told_with_the_settings() {
    Certificates.in(elsewhere);
    String other = elsewhere.resolve("ca.pem").toString();
    for (ElasticsearchAccess access :
        new ElasticsearchAccess[] {
          ElasticsearchAccess.open(), access(null, other, null), access(null, null, "00".repeat(32))
        }) {
      assertThat(refusal(address("localhost"), access))
          .startsWith(
              "SSLHandshakeException: TLS failed (ELASTICSEARCH_CA_FILE,"
                  + " ELASTICSEARCH_CA_FINGERPRINT): ");
    }
  }

  @Test
  void a_certificate_for_another_name_is_not_taken() throws Exception {
    String other = address("127.0.0.2");
    assertThat(refusal(other, access(null, ca(), null))).contains("TLS failed");
    assertThat(refusal(other, access(null, null, fingerprint()))).contains("TLS failed");
  }

  @Test
  void of_several_addresses_one_may_be_dead() throws Exception {
    String dead = "https://localhost:" + Ports.free();
    for (String addresses :
        new String[] {dead + "," + address("localhost"), address("localhost") + ", " + dead}) {
      SearchIndex index =
          new SearchIndex(
              Optional.of(addresses),
              access(null, ca(), null),
              "x",
              IndexNames.daily("logstash-http-"));
      for (int i = 0; i < 4; i++) {
        assertThat(index.ask("GET", "/", null).path("ok").asBoolean()).isTrue();
      }
      index.close();
    }
  }

  @Test
  void every_request_brings_the_key_or_the_login() throws Exception {
    ask(address("localhost"), access("a2V5OnNlY3JldA==", ca(), null));
    assertThat(authorization).isEqualTo("ApiKey a2V5OnNlY3JldA==");
    ask(
        address("localhost"),
        new ElasticsearchAccess(
            Optional.of("ann"),
            Optional.of("hidden"),
            Optional.empty(),
            Optional.of(ca()),
            Optional.empty()));
    assertThat(authorization).isEqualTo("Basic YW5uOmhpZGRlbg==");
    ask(address("localhost"), access(null, ca(), null));
    assertThat(authorization).isEqualTo("null");
    ask(address("ann:hid%64en@localhost") + "/some/path/", access(null, ca(), null));
    assertThat(authorization).isEqualTo("Basic YW5uOmhpZGRlbg==");
    assertThat(path).isEqualTo("/some/path/");
    assertThatThrownBy(() -> ask(address("ann@localhost"), access("a2V5", ca(), null)))
        .hasMessage(
            "ELASTICSEARCH_URL has a login, and ELASTICSEARCH_USERNAME or ELASTICSEARCH_API_KEY is"
                + " another: set one of them");
  }

  @ParameterizedTest
  @CsvSource({
    "http://es, http://es:9200",
    "https://es.example.org, https://es.example.org:443",
    "HTTP://log_store:9201/, http://log_store:9201",
    "http://[::1], http://[::1]:9200"
  })
  void an_address_is_taken_as_it_is_meant(String written, String meant) {
    assertThat(ElasticsearchAddresses.of(written).hosts()).singleElement().hasToString(meant);
    assertThat(ElasticsearchAddresses.of(written).path()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "es:9200",
        "ftp://es",
        "http://",
        "http://elastic:pa#ss@es:9200",
        "http://elastic:12/ss@es:9200",
        "http://elastic:pa ss@es:9200",
        "http://es:9200?x=1",
        "http://es:x"
      })
  void what_is_no_address_is_refused_without_repeating_it(String written) {
    assertThatThrownBy(() -> ElasticsearchAddresses.of(written))
        .hasMessageStartingWith("ELASTICSEARCH_URL must be ")
        .hasMessageNotContaining("ss@");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://a/x,http://a/y", "http://u:p@a,http://a"})
  void addresses_that_differ_in_more_than_the_host_are_refused(String written) {
    assertThatThrownBy(() -> ElasticsearchAddresses.of(written))
        .hasMessage("The addresses of ELASTICSEARCH_URL must have one path and one login");
  }

  @ParameterizedTest
  @ValueSource(strings = {"id:key", "two words", "a\r\nX-Other: b"})
  void a_key_in_another_form_is_refused_without_repeating_it(String key) {
    assertThatThrownBy(() -> access(key, null, null))
        .hasMessage(
            "ELASTICSEARCH_API_KEY must be the key as Elasticsearch names it in \"encoded\"");
  }

  @Test
  void two_logins_and_two_ways_to_trust_are_refused() {
    assertThatThrownBy(
            () ->
                new ElasticsearchAccess(
                    Optional.of("ann"),
                    Optional.empty(),
                    Optional.of("a2V5"),
                    Optional.empty(),
                    Optional.empty()))
        .hasMessage(
            "ELASTICSEARCH_API_KEY and ELASTICSEARCH_USERNAME are two logins: set one of them");
    assertThatThrownBy(
            () ->
                new ElasticsearchAccess(
                    Optional.empty(),
                    Optional.of("hidden"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()))
        .hasMessage("ELASTICSEARCH_PASSWORD is set, and ELASTICSEARCH_USERNAME is not");
    assertThatThrownBy(() -> access(null, ca(), fingerprint()))
        .hasMessage(
            "ELASTICSEARCH_CA_FILE and ELASTICSEARCH_CA_FINGERPRINT say the same: set one of them");
    assertThatThrownBy(() -> access(null, folder.resolve("none").toString(), null))
        .hasMessage("ELASTICSEARCH_CA_FILE: cannot read " + folder.resolve("none"));
  }

  private static ElasticsearchAccess access(
      @Nullable String apiKey, @Nullable String caFile, @Nullable String fingerprint) {
    return new ElasticsearchAccess(
        Optional.empty(),
        Optional.empty(),
        Optional.ofNullable(apiKey),
        Optional.ofNullable(caFile),
        Optional.ofNullable(fingerprint));
  }

  private static boolean ask(String address, ElasticsearchAccess access)
      throws SearchIndex.Refused {
    SearchIndex index =
        new SearchIndex(Optional.of(address), access, "x", IndexNames.daily("logstash-http-"));
    try {
      return index.ask("GET", "/", null).path("ok").asBoolean();
    } finally {
      index.close();
    }
  }

  private static String refusal(String address, ElasticsearchAccess access) {
    return catchThrowableOfType(SearchIndex.Refused.class, () -> ask(address, access)).text();
  }

  private String address(String host) {
    return "https://" + host + ":" + server.getAddress().getPort();
  }

  private String ca() {
    return certificates.file("ca.pem").toString();
  }

  private String fingerprint() throws GeneralSecurityException {
    byte[] certificate = certificates.authority().getEncoded();
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate));
  }
}
