package org.fleetcast.identity;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/** What leads to nobody but this machine. */
public final class Loopback {
  /** What is parsed, and never looked up as a name. */
  private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}|.*:.*");

  private Loopback() {}

  /** Whether that is an address of this machine alone; a name is none. */
  public static boolean isAddress(String text) {
    try {
      return ADDRESS.matcher(text).matches() && InetAddress.getByName(text).isLoopbackAddress();
    } catch (UnknownHostException noAddress) {
      return false;
    }
  }

  /** Whether a host, by name or address, is this machine alone. */
  public static boolean isHost(String text) {
    String host = text.toLowerCase(Locale.ROOT);
    return host.equals("localhost")
        || host.endsWith(".localhost")
        || isAddress(host.replaceAll("[\\[\\]]", ""));
  }

  /** Whether an http address leads to this machine alone. */
  public static boolean isUrl(String url) {
    try {
      return isHost(String.valueOf(new URI(url).getHost()));
    } catch (URISyntaxException malformed) {
      return false;
    }
  }
}
