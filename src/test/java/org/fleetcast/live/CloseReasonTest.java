package org.fleetcast.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import org.fleetcast.SchemaDocument;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloseReasonTest {
  @ParameterizedTest
  @ValueSource(strings = {"src/main/resources/META-INF/openapi.yaml", "src/site/asyncapi.yaml"})
  void the_documents_have_every_reason_and_no_other(String file) {
    JsonNode documented =
        SchemaDocument.ofYaml(Path.of(file)).schema("ConnectionClose").at("/properties/reason");

    assertThat(documented.path("enum"))
        .extracting(JsonNode::asText)
        .containsExactlyInAnyOrder(
            Arrays.stream(CloseReason.values()).map(CloseReason::text).toArray(String[]::new));
  }
}
