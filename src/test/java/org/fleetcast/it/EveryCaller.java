package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import org.fleetcast.AccessTable;
import org.fleetcast.AccessTable.Caller;
import org.fleetcast.OpenApiDocument.Operation;
import org.fleetcast.stack.Api;

/**
 * Calls every endpoint of a server as each kind of caller: who is let in is as the table says.
 * Where it can be, whoever is let in is told that he asks for nothing sensible, so that nothing is
 * changed.
 */
final class EveryCaller {
  private static final String FORM = "application/x-www-form-urlencoded";

  /**
   * Refused after the caller was let in: an address elsewhere, an id and a number that are none.
   */
  private static final String NONSENSE = "?redirect=//elsewhere&request_id=%20&tail=none";

  private final URI server;
  private final DocumentedApi documented;

  EveryCaller(URI server) {
    this.server = server;
    this.documented = new DocumentedApi(server);
  }

  static String forged(String token) {
    String[] parts = token.split("\\.");
    char last = parts[2].charAt(10);
    return parts[0] + "." + parts[1] + "." + parts[2].replace(last, last == 'A' ? 'B' : 'A');
  }

  /**
   * Calls them.
   *
   * @param tokens what each kind of caller shows; whoever is not named is not tried
   */
  void call(Map<Caller, String> tokens) {
    Map<String, String> answered = new TreeMap<>();
    Map<String, String> expected = new TreeMap<>();
    for (Operation operation : documented.document().operations()) {
      tokens.forEach(
          (caller, token) -> {
            String place = operation.name() + " as " + caller;
            answered.put(place, answer(operation, token));
            expected.put(place, AccessTable.answer(operation, caller));
          });
    }
    assertThat(answered).isEqualTo(expected);
  }

  private String answer(Operation operation, String token) {
    Api caller = token.isEmpty() ? Api.at(server) : Api.at(server).withBearer(token);
    String path = operation.path().replace("{id}", "" + Registry.NOWHERE) + NONSENSE;
    Api.Answer answer = send(caller, operation, path);
    return answer.status() == 401 || answer.status() == 403 ? "" + answer.status() : "yes";
  }

  private static Api.Answer send(Api caller, Operation operation, String path) {
    if (!operation.hasBody()) {
      return caller.send(operation.method(), path, "application/json", "");
    }
    boolean form = operation.node().path("requestBody").path("content").has(FORM);
    return form
        ? caller.send(operation.method(), path, FORM, "grant_type=password")
        : caller.send(operation.method(), path, "application/json", "{\"no\":1}");
  }
}
