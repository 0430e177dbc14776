package org.fleetcast.door;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Whether a request says in one way alone whose it is and where it ends (RFC 9112). What the server
 * reads of it in one way and a proxy in front in another is how one request is hidden in another's
 * body.
 */
final class MessageFraming {
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");
  private static final List<String> ONCE = List.of("Authorization", "Content-Type", "Origin");
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private MessageFraming() {}

  /** What is wrong with it, as the end of a sentence. */
  static Optional<String> fault(HttpServletRequest request) {
    String version = request.getProtocol();
    boolean first = "HTTP/1.0".equals(version);
    List<String> lengths = all("Content-Length", request);
    List<String> codings = all("Transfer-Encoding", request);
    if (!first && !"HTTP/1.1".equals(version)) {
      return Optional.of("is of another version than HTTP/1.1 or HTTP/1.0");
    }
    for (String name : ONCE) {
      if (all(name, request).stream().distinct().count() > 1) {
        return Optional.of("has the header " + name + " with more than one value");
      }
    }
    if (all("Host", request).size() != 1 && !(first && all("Host", request).isEmpty())) {
      return Optional.of("must have the header Host once");
    }
    if (!lengths.isEmpty() && !codings.isEmpty()) {
      return Optional.of("has both Content-Length and Transfer-Encoding");
    }
    if (lengths.size() > 1 || !lengths.stream().allMatch(DIGITS.asMatchPredicate())) {
      return Optional.of("must have Content-Length once, in digits");
    }
    if (codings.size() > 1 || !codings.stream().allMatch(coding -> isChunked(coding, first))) {
      return Optional.of("has a Transfer-Encoding that is not chunked");
    }
    return Collections.list(request.getHeaderNames()).stream()
            .allMatch(name -> isOne(name, request))
        ? Optional.empty()
        : Optional.of("has a header that is none");
  }

  private static boolean isOne(String name, HttpServletRequest request) {
    return NAME.matcher(name).matches()
        && all(name, request).stream().allMatch(value -> value.indexOf('\0') < 0);
  }

  private static boolean isChunked(String coding, boolean first) {
    return coding.equalsIgnoreCase("chunked") && !first;
  }

  private static List<String> all(String name, HttpServletRequest request) {
    return Collections.list(request.getHeaders(name)).stream().map(String::strip).toList();
  }
}
