package org.fleetcast.archive;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.http.HttpHost;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Where Elasticsearch is, as {@code ELASTICSEARCH_URL} says.
 *
 * @param hosts its nodes
 * @param path what stands before every path; empty for nothing
 * @param login the user and the password that the addresses have, with a colon between; null for
 *     none
 */
record ElasticsearchAddresses(List<HttpHost> hosts, String path, @Nullable String login) {
  private static final String SENTENCE =
      "ELASTICSEARCH_URL must be http:// or https:// addresses, comma separated; what is special"
          + " in a user or password there is percent-encoded";

  /** The user, the host and the port; a host may have an underscore, which is none for a URI. */
  private static final Pattern AUTHORITY =
      Pattern.compile("(?:([^@]*)@)?(\\[[0-9A-Fa-f:.%]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?");

  /** An address of the list. */
  private record Address(HttpHost host, String path, @Nullable String login) {}

  /**
   * Reads addresses, comma separated.
   *
   * @throws IllegalStateException when one is no address, or they differ in more than the host;
   *     without quoting any, which may hold a password
   */
  static ElasticsearchAddresses of(String urls) {
    List<Address> all =
        Arrays.stream(urls.split(","))
            .map(String::strip)
            .map(ElasticsearchAddresses::address)
            .toList();
    Address first = all.get(0);
    if (all.stream().map(Address::path).distinct().count() > 1
        || all.stream().map(address -> String.valueOf(address.login)).distinct().count() > 1) {
      throw Setting.bad("The addresses of ELASTICSEARCH_URL must have one path and one login");
    }
    return new ElasticsearchAddresses(
        all.stream().map(Address::host).toList(), first.path, first.login);
  }

  private static Address address(String url) {
    try {
      URI uri = URI.create(url);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      Matcher authority = AUTHORITY.matcher(String.valueOf(uri.getRawAuthority()));
      boolean plain =
          uri.getRawQuery() == null
              && uri.getRawFragment() == null
              && !String.valueOf(uri.getRawPath()).contains("@"); // the rest of a password
      if (plain && List.of("http", "https").contains(scheme) && authority.matches()) {
        String port = authority.group(3);
        int usual = scheme.equals("https") ? 443 : 9200;
        return new Address(
            new HttpHost(authority.group(2), port == null ? usual : Integer.parseInt(port), scheme),
            path(uri),
            login(authority.group(1)));
      }
    } catch (IllegalArgumentException malformed) {
      throw Setting.bad(SENTENCE); // without the cause, which quotes it
    }
    throw Setting.bad(SENTENCE);
  }

  private static String path(URI uri) {
    return String.valueOf(uri.getRawPath()).replaceFirst("/+$", "");
  }

  private static @Nullable String login(@Nullable String encoded) {
    if (encoded == null) {
      return null;
    }
    String text = encoded.contains(":") ? encoded : encoded + ":";
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
