package org.fleetcast.rotation;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * Who may use what is internal: the bearer of the configured token; without one, callers of this
 * very machine that no proxy speaks for.
 */
@Singleton
class InternalCaller {
  private static final Pattern BEARER =
      Pattern.compile("bearer +(\\S.*)", Pattern.CASE_INSENSITIVE);

  /** What is parsed, and never looked up as a name. */
  private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}|.*:.*");

  private final Optional<byte[]> token;

  /** Takes the value of {@code internal.api.token}. */
  @Inject
  InternalCaller(@ConfigProperty(name = "internal.api.token") Optional<String> token) {
    this.token = token.map(String::strip).filter(text -> !text.isEmpty()).map(InternalCaller::utf8);
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
    if (token.isPresent()) {
      return authorization != null && isBearer(authorization, token.get());
    }
    return isLoopback(remoteAddress) && headerNames.stream().noneMatch(InternalCaller::isForwarded);
  }

  private static boolean isBearer(String authorization, byte[] token) {
    Matcher bearer = BEARER.matcher(authorization);
    return bearer.matches() && MessageDigest.isEqual(utf8(bearer.group(1).strip()), token);
  }

  private static boolean isLoopback(String address) {
    try {
      return ADDRESS.matcher(address).matches()
          && InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException noAddress) {
      return false;
    }
  }

  private static boolean isForwarded(String header) {
    String name = header.toLowerCase(Locale.ROOT);
    return name.equals("forwarded") || name.startsWith("x-forwarded-");
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
