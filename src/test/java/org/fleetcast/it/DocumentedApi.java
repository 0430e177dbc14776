package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.fleetcast.AsyncApiDocument;
import org.fleetcast.OpenApiDocument;
import org.fleetcast.OpenApiDocument.Operation;
import org.fleetcast.SchemaDocument;
import org.fleetcast.stack.Api;
import org.fleetcast.stack.SseClient;
import org.fleetcast.stack.SseEvent;

/** A server that is called by its own OpenAPI document: each answer has to be as that says. */
final class DocumentedApi {
  /** Headers that every answer has where its document names them. */
  private static final Set<String> ALWAYS =
      Set.of("X-Request-ID", "Location", "WWW-Authenticate", "Retry-After");

  private final URI server;
  private final OpenApiDocument document;
  private final Set<String> succeeded = new TreeSet<>();

  DocumentedApi(URI server) {
    this.server = server;
    String served = Api.at(server).with("Accept", "application/json").get("/openapi").body();
    this.document = new OpenApiDocument(SchemaDocument.ofJson(served));
  }

  OpenApiDocument document() {
    return document;
  }

  /** The operations that answered as they should where nothing is wrong. */
  Set<String> succeeded() {
    return succeeded;
  }

  Api.Answer get(Api caller, String path) {
    return answered("GET", path, caller.get(path));
  }

  Api.Answer post(Api caller, String path) {
    return answered("POST", path, caller.post(path));
  }

  Api.Answer delete(Api caller, String path) {
    return answered("DELETE", path, caller.delete(path));
  }

  Api.Answer send(Api caller, String method, String path, String mediaType, String body) {
    return answered(method, path, caller.send(method, path, mediaType, body));
  }

  Api.Answer json(Api caller, String method, String path, String body) {
    return send(caller, method, path, "application/json", body.replace('\'', '"'));
  }

  /** Opens a stream; what comes on it is as both documents say. */
  SseClient stream(String token, String path) {
    SseClient stream =
        SseClient.open(server.resolve(path), Map.of("Authorization", "Bearer " + token));
    assertThat(stream.status()).as(path).isEqualTo(200);
    assertThat(stream.headers().firstValue("Content-Type").orElse(""))
        .contains("text/event-stream");
    BrowserHeaders.guard(path, stream.headers());
    succeeded.add(operation("GET", path).name());
    return stream;
  }

  void describes(SseClient stream) {
    new AsyncApiDocument().describesEvents(stream.events());
    for (SseEvent event : stream.events()) {
      ObjectNode whole = SchemaDocument.object();
      if (!event.name().equals("message")) {
        whole.put("event", event.name());
      }
      if (event.id() != null && !event.name().equals("ready")) {
        whole.put("id", event.id());
      }
      whole.set("data", SchemaDocument.json(event.data()));
      assertThat(document.schemas().faults(document.schemas().schema("StreamEvent"), whole))
          .as(event.toString())
          .isEmpty();
    }
  }

  private Operation operation(String method, String path) {
    return document
        .operation(method, path.replaceFirst("\\?.*", ""))
        .orElseThrow(() -> new AssertionError("There is no " + method + " " + path));
  }

  private Api.Answer answered(String method, String path, Api.Answer answer) {
    Operation operation = operation(method, path);
    String place = operation.name() + " " + answer.status();
    BrowserHeaders.guard(place, answer.headers());
    JsonNode response =
        document.schemas().resolved(operation.responses().path("" + answer.status()));
    assertThat(response.isMissingNode()).as(place + " is documented " + answer.body()).isFalse();
    response
        .path("headers")
        .fieldNames()
        .forEachRemaining(
            header -> {
              if (ALWAYS.contains(header)) {
                assertThat(answer.header(header)).as(place + " " + header).isNotEmpty();
              }
            });
    describes(place, response.path("content"), answer);
    if (answer.status() < 400) {
      succeeded.add(operation.name());
    }
    return answer;
  }

  private void describes(String place, JsonNode content, Api.Answer answer) {
    if (content.isMissingNode()) {
      assertThat(answer.body()).as(place).isEmpty();
      return;
    }
    String type = answer.header("Content-Type").replaceFirst(";.*", "");
    JsonNode schema = content.path(type).path("schema");
    assertThat(schema.isMissingNode()).as(place + " is of type " + type).isFalse();
    if (type.equals("application/json")) {
      assertThat(document.schemas().faults(schema, SchemaDocument.json(answer.body())))
          .as(place + " " + answer.body())
          .isEmpty();
    }
  }
}
