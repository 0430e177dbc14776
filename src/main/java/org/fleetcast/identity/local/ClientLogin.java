package org.fleetcast.identity.local;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client that asks for a token (RFC 6749, section 4.4): read from a form and a header. */
record ClientLogin(String clientId, String secret) {
  private static final String BASIC = "Basic ";

  /** Why a request for a token is refused, in the words of RFC 6749, section 5.2. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String error;

    Refused(String error, String description) {
      super(description, null, false, false);
      this.error = error;
    }

    String error() {
      return error;
    }

    String description() {
      return String.valueOf(getMessage());
    }

    int status() {
      return error.equals("invalid_client") ? 401 : 400;
    }
  }

  /**
   * Reads who asks.
   *
   * @param form the body, {@code application/x-www-form-urlencoded}
   * @param authorization the header of that name
   */
  static ClientLogin read(String form, @Nullable String authorization) {
    Map<String, String> fields = fields(form);
    String grant = fields.get("grant_type");
    if (grant == null) {
      throw new Refused("invalid_request", "grant_type is missing");
    }
    if (!grant.equals("client_credentials")) {
      throw new Refused("unsupported_grant_type", "Only client_credentials is served");
    }
    String clientId = fields.get("client_id");
    String secret = fields.get("client_secret");
    if (authorization != null && authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
      ClientLogin login = basic(authorization.substring(BASIC.length()).strip());
      if (secret != null || (clientId != null && !clientId.equals(login.clientId()))) {
        throw new Refused("invalid_request", "The client names itself twice");
      }
      return login;
    }
    if (clientId == null || secret == null) {
      throw new Refused("invalid_client", "The client does not say who it is");
    }
    return new ClientLogin(clientId, secret);
  }

  private static Map<String, String> fields(String form) {
    Map<String, String> fields = new HashMap<>();
    for (String pair : form.split("&")) {
      int equals = pair.indexOf('=');
      String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
      // A field without a value counts as left out, and none may be there twice (section 3.2).
      if (!value.isEmpty() && fields.put(name, value) != null) {
        throw new Refused("invalid_request", "A field is there twice");
      }
    }
    return fields;
  }

  private static ClientLogin basic(String credentials) {
    try {
      String pair = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      if (colon > 0) {
        return new ClientLogin(
            decoded(pair.substring(0, colon)), decoded(pair.substring(colon + 1)));
      }
    } catch (IllegalArgumentException notBase64) {
      throw new Refused("invalid_client", "The header Authorization is malformed");
    }
    throw new Refused("invalid_client", "The header Authorization is malformed");
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw new Refused("invalid_request", "The form is malformed");
    }
  }

  @Override
  public String toString() {
    return "ClientLogin[clientId=" + clientId + "]"; // a secret is never printed
  }
}
