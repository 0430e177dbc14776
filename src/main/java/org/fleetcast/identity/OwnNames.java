package org.fleetcast.identity;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names by which this service may be asked for. A page of another site whose name was made to
 * lead here (DNS rebinding) asks for that name: nobody can do so with an address, with {@code
 * localhost}, or with a name of one label, since the world's DNS has none to give away.
 */
record OwnNames(Set<String> names) {
  private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}|\\[[0-9a-f:.]+]");

  /** The names in these addresses of ours. */
  static OwnNames of(Stream<URI> addresses) {
    return new OwnNames(
        addresses
            .map(address -> address.getHost().toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet()));
  }

  /**
   * Whether one of them is asked for.
   *
   * @param host the header {@code Host}; a browser always sends one
   */
  boolean include(@Nullable String host) {
    if (host == null) {
      return true;
    }
    String name = host.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]*$", "");
    return names.contains(name)
        || name.endsWith(".localhost")
        || name.matches("[a-z0-9-]+")
        || ADDRESS.matcher(name).matches();
  }
}
