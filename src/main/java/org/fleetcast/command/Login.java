package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * As whom one is signed in at a server.
 *
 * @param server the address that the token is for; it is shown to no other
 * @param renewal how to get the next token; null when only its owner can
 */
record Login(String server, String token, @Nullable Renewal renewal) {

  /**
   * What is shown to an issuer for a token, as RFC 6749 has it.
   *
   * @param secret of a confidential client; null for a public one
   * @param refreshToken of a person; null for a client that comes as itself
   */
  record Renewal(
      URI tokenUrl, String clientId, @Nullable String secret, @Nullable String refreshToken) {

    /** The fields of the form. */
    Map<String, String> form() {
      Map<String, String> form = new LinkedHashMap<>();
      form.put("grant_type", refreshToken == null ? "client_credentials" : "refresh_token");
      form.put("client_id", clientId);
      if (secret != null) {
        form.put("client_secret", secret);
      }
      if (refreshToken != null) {
        form.put("refresh_token", refreshToken);
      }
      return form;
    }

    /** The same with the refresh token of an answer, when it has a newer one. */
    Renewal after(JsonNode answer) {
      String newer = answer.path("refresh_token").textValue();
      return newer == null ? this : new Renewal(tokenUrl, clientId, secret, newer);
    }

    @Override
    public String toString() {
      return "a renewal at " + tokenUrl;
    }
  }

  @Override
  public String toString() {
    return "a login at " + server;
  }

  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("server", server).put("token", token);
    if (renewal != null) {
      json.putObject("renewal")
          .put("token_url", renewal.tokenUrl.toString())
          .put("client_id", renewal.clientId)
          .put("client_secret", renewal.secret)
          .put("refresh_token", renewal.refreshToken);
    }
    return json;
  }

  /** Reads what {@link #json} made. */
  static Login of(JsonNode json) {
    JsonNode renewal = json.path("renewal");
    return new Login(
        json.path("server").asText(),
        json.path("token").asText(),
        renewal.isMissingNode()
            ? null
            : new Renewal(
                URI.create(renewal.path("token_url").asText()),
                renewal.path("client_id").asText(),
                renewal.path("client_secret").textValue(),
                renewal.path("refresh_token").textValue()));
  }
}
