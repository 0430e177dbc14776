package org.fleetcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.fleetcast.stack.SseEvent;

/** The AsyncAPI document: what goes over MQTT, and the events of a stream. */
public final class AsyncApiDocument {
  private static final Path FILE = Path.of("src/site/asyncapi.yaml");

  private final SchemaDocument schemas = SchemaDocument.ofYaml(FILE);

  public SchemaDocument schemas() {
    return schemas;
  }

  /** Fails unless each event, named or in an envelope, is as the document says. */
  public void describesEvents(List<SseEvent> events) {
    assertThat(events).isNotEmpty().allSatisfy(this::describes);
  }

  private void describes(SseEvent event) {
    JsonNode data = SchemaDocument.json(event.data());
    boolean enveloped = event.name().equals("message");
    String name = enveloped ? data.path("type").asText() : event.name();
    if (!name.equals("ready")) {
      assertThat(event.id()).matches("[A-Za-z0-9._~:-]{1,256}");
    }
    assertThat(enveloped && name.equals("ready")).as("ready is always named").isFalse();
    fits("stream", name, enveloped ? data.path("payload") : data);
  }

  /** Fails unless each payload is as the document says of a topic. */
  public void describesMessages(String topic, List<String> payloads) {
    String channel = channel(topic);
    String message = messages(channel).iterator().next();
    assertThat(payloads)
        .isNotEmpty()
        .allSatisfy(payload -> fits(channel, message, SchemaDocument.json(payload)));
  }

  /** The names of the messages of a channel. */
  public Set<String> messages(String channel) {
    Set<String> names = new TreeSet<>();
    schemas
        .root()
        .at("/channels/" + channel + "/messages")
        .fieldNames()
        .forEachRemaining(names::add);
    return names;
  }

  private String channel(String address) {
    return schemas.root().path("channels").properties().stream()
        .filter(channel -> channel.getValue().path("address").asText().equals(address))
        .findFirst()
        .orElseThrow(() -> new AssertionError("The document has no channel " + address))
        .getKey();
  }

  private void fits(String channel, String message, JsonNode value) {
    assertThat(messages(channel)).contains(message);
    JsonNode reference = schemas.root().at("/channels/" + channel + "/messages/" + message);
    assertThat(schemas.faults(schemas.resolved(reference).path("payload"), value))
        .as(message + " " + value)
        .isEmpty();
  }
}
