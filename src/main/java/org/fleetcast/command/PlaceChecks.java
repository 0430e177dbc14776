package org.fleetcast.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What can be seen where the server's settings are: whether there is a setting of each name,
 * whether what they name can be reached from here, and whether it lets us in as it has to let the
 * server in.
 */
final class PlaceChecks {
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Pattern SEVERAL_HOSTS = Pattern.compile("(jdbc:[a-z]+://)([^/?]*)(.*)");
  private static final String CATALOGUE = "/META-INF/microprofile-config.properties";

  /** All settings that begin so are in the catalogue; of other names the server itself has some. */
  private static final List<String> OURS =
      List.of(
          "MQTT_",
          "CANARY_",
          "ELASTICSEARCH_",
          "OIDC_",
          "KEYCLOAK_",
          "ROTATION_",
          "JOURNAL_",
          "WIFI_");

  /** What Kubernetes tells a pod of each service, as of one that is called elasticsearch. */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "\\w+_(?:SERVICE_HOST|SERVICE_PORT(?:_\\w+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)\\w*)?)");

  private final Environment environment;

  PlaceChecks(Environment environment) {
    this.environment = environment;
  }

  /** Nothing where no setting of a server is. */
  List<Finding> findings() {
    Set<String> set =
        environment.variables().keySet().stream()
            .filter(name -> OURS.stream().anyMatch(name::startsWith))
            .filter(name -> !SERVICE_LINK.matcher(name).matches())
            .collect(Collectors.toCollection(TreeSet::new));
    List<Finding> findings = new ArrayList<>();
    if (!set.isEmpty()) {
      findings.add(names(set));
    }
    secretFiles(findings);
    BrokerLogin broker = new BrokerLogin(environment);
    reach(
        findings,
        "broker",
        "MQTT_URL",
        1883,
        8883,
        (uri, port) -> List.of(broker.at(uri, port, LIMIT)));
    ElasticsearchLogin elasticsearch = new ElasticsearchLogin(environment);
    reach(
        findings,
        "elasticsearch",
        "ELASTICSEARCH_URL",
        9200,
        443,
        (uri, port) -> List.of(elasticsearch.at(uri, port, LIMIT)));
    DatabaseLogin database = new DatabaseLogin(environment);
    String url = environment.variable("DATABASE_URL").orElse("");
    reach(
        findings,
        "database",
        "DATABASE_URL",
        5432,
        5432,
        (uri, port) -> List.of(database.at(url, LIMIT)));
    reach(findings, "provider", "OIDC_ISSUER_URL", 80, 443, (uri, port) -> List.of());
    reach(findings, "keycloak", "KEYCLOAK_BASE_URL", 80, 443, (uri, port) -> List.of());
    return findings;
  }

  /** What is found beyond the connection. */
  private interface Login {
    List<Finding> at(URI uri, int port);
  }

  private void secretFiles(List<Finding> findings) {
    for (String secret :
        List.of(
            "MQTT_PASSWORD",
            "ELASTICSEARCH_PASSWORD",
            "ELASTICSEARCH_API_KEY",
            "DATABASE_PASSWORD")) {
      String file = secret + "_FILE";
      if (environment.variable(file).isPresent() && environment.secret(secret).isEmpty()) {
        findings.add(
            Finding.bad(
                "configuration",
                "The file that %s names cannot be read".formatted(file),
                "It has to be there and readable for whoever runs the server."));
      }
    }
  }

  private static Finding names(Set<String> set) {
    Set<String> known = known();
    List<String> unknown =
        set.stream()
            .filter(name -> !known.contains(name))
            .filter(name -> !known.contains(name.replaceFirst("_FILE$", ""))) // of a secret
            .toList();
    return unknown.isEmpty()
        ? Finding.ok("configuration", "Each of the %d settings here is known".formatted(set.size()))
        : Finding.bad(
            "configuration",
            "No setting is called " + String.join(", ", unknown),
            "They do nothing: compare their spelling with src/site/markdown/configuration.md.");
  }

  private static Set<String> known() {
    Properties catalogue = new Properties();
    try (InputStream in = PlaceChecks.class.getResourceAsStream(CATALOGUE)) {
      catalogue.load(in);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return catalogue.stringPropertyNames().stream()
        .map(key -> key.toUpperCase(Locale.ROOT).replace('.', '_'))
        .collect(Collectors.toSet());
  }

  private void reach(
      List<Finding> findings, String part, String variable, int port, int securePort, Login login) {
    String setting = environment.variable(variable).orElse("");
    for (String one : setting.isEmpty() ? new String[0] : whole(setting).split(",")) {
      String address = one.strip().replaceFirst("^jdbc:", "");
      if (!address.startsWith("h2:")) { // that is a file of the server
        findings.addAll(reached(part, variable, address, port, securePort, login));
      }
    }
  }

  /** Several hosts of PostgreSQL share one address; here each has one of its own. */
  private static String whole(String setting) {
    Matcher several = SEVERAL_HOSTS.matcher(setting);
    return several.matches()
        ? Stream.of(several.group(2).split(","))
            .map(host -> several.group(1) + host)
            .collect(Collectors.joining(","))
        : setting;
  }

  private static List<Finding> reached(
      String part, String variable, String address, int port, int securePort, Login login) {
    try {
      URI uri = URI.create(address);
      boolean secure = String.valueOf(uri.getScheme()).endsWith("s");
      int target = uri.getPort() >= 0 ? uri.getPort() : secure ? securePort : port;
      if (uri.getHost() == null) {
        return List.of(noAddress(part, variable));
      }
      String why = unreachable(uri.getHost(), target);
      String place = uri.getHost() + ":" + target;
      if (!why.isEmpty()) {
        String advice = "Look at " + variable + " and at the network.";
        return List.of(Finding.bad(part, place + " " + why, advice));
      }
      List<Finding> found = new ArrayList<>();
      found.add(Finding.ok(part, place + " takes connections from here"));
      found.addAll(login.at(uri, target));
      return found;
    } catch (IllegalArgumentException malformed) {
      return List.of(noAddress(part, variable)); // without quoting it: it may hold a password
    }
  }

  private static Finding noAddress(String part, String variable) {
    return Finding.bad(
        part,
        variable + " is no address",
        "src/site/markdown/configuration.md shows what it looks like.");
  }

  /** Why no connection can be opened; empty when one can. */
  private static String unreachable(String host, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), (int) LIMIT.toMillis());
      return "";
    } catch (UnknownHostException unknown) {
      return "has a name that is not known here";
    } catch (SocketTimeoutException late) {
      return "does not answer";
    } catch (ConnectException refused) {
      return "cannot be reached, nobody listens there";
    } catch (IOException other) {
      return "cannot be reached: " + other.getMessage();
    }
  }
}
