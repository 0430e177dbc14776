package org.fleetcast.identity;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.Setting;
import org.jspecify.annotations.Nullable;

/** This site as browsers know it: its address, and which redirects stay on it. */
@Singleton
public class PublicUrl {
  private static final int MAX_REDIRECT = 2000;
  private static final Pattern ENCODED = Pattern.compile("%([0-9A-Fa-f]{2})");

  private final URI base;

  @Inject
  public PublicUrl(@ConfigProperty(name = "baseurl") String baseurl) {
    this.base =
        address(baseurl)
            .orElseThrow(
                () ->
                    Setting.bad(
                        "BASEURL must be the http or https address of this service, with no"
                            + " underscore in the name of the host"));
  }

  /** The address without a slash at its end. */
  public URI base() {
    return base;
  }

  /** The address of what stands below {@code /api}, whatever the request called this site. */
  public URI resource(String path) {
    return URI.create(base + "/api/" + path);
  }

  /** Whether no page of another site makes the browser ask, as far as the browser says. */
  boolean isAskedByItself(HttpServletRequest request) {
    return SameOrigin.allows(
        request.getHeader("Origin"),
        request.getHeader("Sec-Fetch-Site"),
        base,
        request.getScheme(),
        request.getHeader("Host"));
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

  /** As it stands, and as it looks to whoever decodes it, once or several times. */
  private static boolean isLocal(String redirect) {
    if (redirect.length() > MAX_REDIRECT) {
      return false;
    }
    String before = redirect;
    String decoded = decoded(before);
    while (isPath(before) && !decoded.equals(before)) { // each time it is shorter
      before = decoded;
      decoded = decoded(before);
    }
    return isPath(before);
  }

  /** Browsers take a backslash for a slash and drop control characters before they look. */
  private static boolean isPath(String text) {
    return text.startsWith("/")
        && !text.startsWith("//")
        && text.chars().noneMatch(c -> c == '\\' || Character.isISOControl(c));
  }

  /** With what is percent-encoded decoded; a percent sign that encodes nothing stays. */
  private static String decoded(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Matcher encoded = ENCODED.matcher(text);
    int from = 0;
    while (encoded.find()) {
      bytes.writeBytes(text.substring(from, encoded.start()).getBytes(StandardCharsets.UTF_8));
      bytes.write(Integer.parseInt(encoded.group(1), 16));
      from = encoded.end();
    }
    bytes.writeBytes(text.substring(from).getBytes(StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  public static String withoutSlash(String url) {
    return url.replaceAll("/+$", "");
  }

  /** An http or https address, without a slash at its end; empty when it is none. */
  public static Optional<URI> address(String text) {
    try {
      URI uri = new URI(withoutSlash(text));
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean plain =
          uri.getRawQuery() == null && uri.getRawFragment() == null && uri.getRawUserInfo() == null;
      return http && plain && uri.getHost() != null ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException malformed) {
      return Optional.empty();
    }
  }
}
