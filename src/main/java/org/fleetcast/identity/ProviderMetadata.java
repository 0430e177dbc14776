package org.fleetcast.identity;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.URI;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an OpenID provider says of itself (OpenID Connect Discovery 1.0).
 *
 * @param namesItself whether its answers carry the parameter {@code iss} (RFC 9207)
 * @param takesBasic whether a client may show its secret in the header
 * @param scopes those that it knows; null where it does not say so
 * @param takesS256 whether it knows the code challenge that we send
 */
record ProviderMetadata(
    String issuer,
    URI keys,
    @Nullable URI authorization,
    @Nullable URI token,
    @Nullable URI endSession,
    @Nullable URI revocation,
    boolean namesItself,
    boolean takesBasic,
    @Nullable List<String> scopes,
    boolean takesS256) {

  /**
   * Reads the document of an issuer.
   *
   * @throws ParseException when it is none, or one of another issuer
   */
  static ProviderMetadata parse(String document, URI issuer) throws ParseException {
    Map<String, Object> json = JSONObjectUtils.parse(document);
    String name = JSONObjectUtils.getString(json, "issuer");
    URI keys = JSONObjectUtils.getURI(json, "jwks_uri");
    if (name == null
        || keys == null
        || !PublicUrl.withoutSlash(name).equals(PublicUrl.withoutSlash(issuer.toString()))) {
      throw new ParseException(
          "The discovery document at " + issuer + " is not one of that issuer: it names " + name,
          0);
    }
    return new ProviderMetadata(
        name,
        keys,
        JSONObjectUtils.getURI(json, "authorization_endpoint"),
        JSONObjectUtils.getURI(json, "token_endpoint"),
        JSONObjectUtils.getURI(json, "end_session_endpoint"),
        JSONObjectUtils.getURI(json, "revocation_endpoint"),
        Boolean.TRUE.equals(json.get("authorization_response_iss_parameter_supported")),
        allows(json, "token_endpoint_auth_methods_supported", "client_secret_basic"),
        JSONObjectUtils.getStringList(json, "scopes_supported"),
        allows(json, "code_challenge_methods_supported", "S256"));
  }

  /** A list that is not there restricts nothing. */
  private static boolean allows(Map<String, Object> json, String list, String value)
      throws ParseException {
    List<String> values = JSONObjectUtils.getStringList(json, list);
    return values == null || values.contains(value);
  }
}
