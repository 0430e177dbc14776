package org.fleetcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The AsyncAPI document names the topics and events of the code, in the words of OpenAPI. */
class AsyncApiDocumentTest {
  /** Where the code names an event: where it makes one, or writes its first lines. */
  private static final Pattern EVENT =
      Pattern.compile(
          "(?:new StreamEvent|Event\\.of|\\bevent|\\bhead)\\(\"([a-z_-]+)\"|\"event: ([a-z_-]+)");

  /** Is sent to nobody. */
  private static final String NOTHING = "nothing";

  private final AsyncApiDocument document = new AsyncApiDocument();
  private final JsonNode root = document.schemas().root();

  @Test
  void every_topic_of_the_settings_is_a_channel() throws IOException {
    Properties settings = new Properties();
    try (InputStream in =
        getClass().getResourceAsStream("/META-INF/microprofile-config.properties")) {
      settings.load(in);
    }
    Set<String> topics = new TreeSet<>(Set.of(settings.getProperty("log.topic")));
    settings.forEach(
        (key, value) -> {
          boolean another = !value.toString().startsWith("${"); // else it is that of the logs
          if (another && key.toString().matches("mp\\.messaging\\.outgoing\\..*\\.topic")) {
            topics.add(value.toString());
          }
        });

    assertThat(root.path("channels"))
        .extracting(channel -> channel.path("address").asText())
        .filteredOn(address -> !address.startsWith("/"))
        .containsExactlyInAnyOrderElementsOf(topics);
  }

  @Test
  void every_event_of_the_code_is_a_message_of_the_stream() throws IOException {
    Set<String> events = new TreeSet<>();
    try (Stream<Path> found = Files.walk(Path.of("src/main/java"))) {
      for (Path file : found.filter(path -> path.toString().endsWith(".java")).toList()) {
        EVENT
            .matcher(Files.readString(file))
            .results()
            .map(event -> event.group(event.group(1) == null ? 2 : 1))
            .forEach(events::add);
      }
    }
    events.remove(NOTHING);

    assertThat(document.messages("stream")).containsExactlyElementsOf(events);
  }

  @Test
  void the_stream_is_an_address_of_the_openapi_document() {
    assertThat(openApi().operation("GET", root.at("/channels/stream/address").asText()))
        .isPresent();
  }

  @Test
  void the_schemas_that_both_documents_have_are_the_same() {
    JsonNode others = openApi().schemas().root().at("/components/schemas");
    List<String> shared =
        root.at("/components/schemas").properties().stream()
            .filter(schema -> others.has(schema.getKey()))
            .map(
                schema -> {
                  assertThat(schema.getValue())
                      .as(schema.getKey())
                      .isEqualTo(others.get(schema.getKey()));
                  return schema.getKey();
                })
            .toList();

    assertThat(shared).contains("Ready", "DeviceLogs", "RotationUpdated", "Gap", "ConnectionClose");
  }

  @Test
  void every_example_fits_its_message() {
    for (JsonNode message : root.at("/components/messages")) {
      assertThat(message.path("examples")).as(message.path("name").asText()).isNotEmpty();
      for (JsonNode example : message.path("examples")) {
        assertThat(document.schemas().faults(message.path("payload"), example.path("payload")))
            .as(message.path("name").asText())
            .isEmpty();
      }
    }
  }

  private static OpenApiDocument openApi() {
    return new OpenApiDocument(SchemaDocument.ofYaml(OpenApiDocumentTest.FILE));
  }
}
