package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/** This site as browsers know it: its address, and which redirects stay on it. */
@Singleton
class Site {
  private static final int MAX_REDIRECT = 2000;

  private final URI base;

  @Inject
  Site(@ConfigProperty(name = "baseurl") String baseurl) {
    this.base =
        address(baseurl)
            .orElseThrow(
                () -> Setting.bad("BASEURL must be the http or https address of this service"));
  }

  /** The address without a slash at its end. */
  URI base() {
    return base;
  }

  boolean secure() {
    return "https".equals(base.getScheme());
  }

  /**
   * A redirect as a {@code Location}: what is not printable ASCII is percent-encoded.
   *
   * @throws Problem 400 when it is not a path of this site
   */
  static String localPath(@Nullable String redirect) {
    if (redirect == null) {
      return "/";
    }
    if (!isLocal(redirect)) {
      throw Problem.invalid("redirect", "must be a path of this site");
    }
    StringBuilder encoded = new StringBuilder();
    for (byte b : redirect.getBytes(StandardCharsets.UTF_8)) {
      if (b > ' ') {
        encoded.append((char) b);
      } else {
        encoded.append(String.format("%%%02X", b & 0xff));
      }
    }
    return encoded.toString();
  }

  /** Browsers take a backslash for a slash and drop control characters before they look. */
  private static boolean isLocal(String redirect) {
    return redirect.length() <= MAX_REDIRECT
        && redirect.startsWith("/")
        && !redirect.startsWith("//")
        && redirect.chars().noneMatch(c -> c == '\\' || Character.isISOControl(c));
  }

  /** An http or https address, without a slash at its end; empty when it is none. */
  static Optional<URI> address(String text) {
    try {
      URI uri = new URI(text.replaceAll("/+$", ""));
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean plain =
          uri.getRawQuery() == null && uri.getRawFragment() == null && uri.getRawUserInfo() == null;
      return http && plain && uri.getHost() != null ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException malformed) {
      return Optional.empty();
    }
  }
}
