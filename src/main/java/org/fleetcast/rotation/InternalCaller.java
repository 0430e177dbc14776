package org.fleetcast.rotation;

import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.fleetcast.identity.Loopback;
import org.jspecify.annotations.Nullable;

/**
 * Who may use what is internal, and never a browser: the bearer of the configured token; without
 * one, callers of this very machine that no proxy speaks for. A proxy may add no header that says
 * so, and therefore nobody where {@code BASEURL} shows that others reach this service.
 */
@Singleton
class InternalCaller {
  private static final Logger LOG = System.getLogger(InternalCaller.class.getName());
  private static final Pattern BEARER =
      Pattern.compile("bearer +(\\S.*)", Pattern.CASE_INSENSITIVE);

  private final Optional<byte[]> token;
  private final boolean alone;

  /** Takes the values of {@code internal.api.token} and {@code baseurl}. */
  @Inject
  InternalCaller(
      @ConfigProperty(name = "internal.api.token") Optional<String> token,
      @ConfigProperty(name = "baseurl") String baseUrl) {
    this.token = token.map(String::strip).filter(text -> !text.isEmpty()).map(InternalCaller::utf8);
    this.alone = Loopback.isUrl(baseUrl);
  }

  void atStart(@Observes @Priority(1000) Startup startup) {
    if (token.isEmpty() && !alone) {
      LOG.log(
          Level.WARNING,
          "Nobody is answered at /internal: INTERNAL_API_TOKEN is not set, and BASEURL is not an"
              + " address of this machine alone");
    }
  }

  /**
   * Whether a request is answered.
   *
   * @param authorization the value of its Authorization header
   * @param remoteAddress the address that the connection comes from
   * @param headerNames the names of all its headers
   */
  boolean allows(
      @Nullable String authorization, String remoteAddress, Collection<String> headerNames) {
    if (headerNames.stream().anyMatch(InternalCaller::isBrowsers)) {
      return false;
    }
    if (token.isPresent()) {
      return authorization != null && isBearer(authorization, token.get());
    }
    return alone
        && Loopback.isAddress(remoteAddress)
        && headerNames.stream().noneMatch(InternalCaller::isForwarded);
  }

  private static boolean isBearer(String authorization, byte[] token) {
    Matcher bearer = BEARER.matcher(authorization);
    return bearer.matches() && MessageDigest.isEqual(utf8(bearer.group(1).strip()), token);
  }

  /** A browser sends the one with every POST, and today the other too. */
  private static boolean isBrowsers(String header) {
    String name = header.toLowerCase(Locale.ROOT);
    return name.equals("origin") || name.equals("sec-fetch-site");
  }

  private static boolean isForwarded(String header) {
    String name = header.toLowerCase(Locale.ROOT);
    return name.equals("forwarded") || name.startsWith("x-forwarded-");
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
