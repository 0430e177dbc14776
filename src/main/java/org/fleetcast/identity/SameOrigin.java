package org.fleetcast.identity;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a request came from a page of this site; what a browser says about it, nothing else. */
final class SameOrigin {
  private SameOrigin() {}

  /**
   * Decides from what was sent.
   *
   * @param origin the header {@code Origin}
   * @param fetchSite the header {@code Sec-Fetch-Site}
   * @param base the address of this site
   * @param scheme the scheme of the request
   * @param host the header {@code Host}; without a port, ports are not compared, since a proxy took
   *     it away
   */
  static boolean allows(
      @Nullable String origin,
      @Nullable String fetchSite,
      URI base,
      String scheme,
      @Nullable String host) {
    if (fetchSite != null && !fetchSite.equals("same-origin") && !fetchSite.equals("none")) {
      return false;
    }
    if (origin == null) {
      return true;
    }
    Optional<Origin> sent = Origin.parse(origin);
    if (sent.isEmpty()) {
      return false;
    }
    return sent.equals(Origin.of(base)) || matchesHost(sent.get(), scheme, host);
  }

  private static boolean matchesHost(Origin sent, String scheme, @Nullable String host) {
    return host != null
        && Origin.parse(scheme + "://" + host)
            .filter(own -> sent.equals(hasPort(host) ? own : own.withPort(sent.port())))
            .isPresent();
  }

  private static boolean hasPort(String host) {
    return host.lastIndexOf(':') > host.lastIndexOf(']');
  }

  private record Origin(String scheme, String host, int port) {
    static Optional<Origin> parse(String text) {
      try {
        URI uri = new URI(text);
        return bare(uri) ? of(uri) : Optional.empty();
      } catch (URISyntaxException malformed) {
        return Optional.empty();
      }
    }

    static Optional<Origin> of(URI uri) {
      if (uri.getScheme() == null || uri.getHost() == null) {
        return Optional.empty();
      }
      String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
      int standard = scheme.equals("https") ? 443 : 80;
      int port = uri.getPort() == -1 ? standard : uri.getPort();
      return Optional.of(new Origin(scheme, uri.getHost().toLowerCase(Locale.ROOT), port));
    }

    private static boolean bare(URI uri) {
      return uri.getRawUserInfo() == null
          && (uri.getRawPath() == null || uri.getRawPath().isEmpty())
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null;
    }

    Origin withPort(int other) {
      return new Origin(scheme, host, other);
    }
  }
}
