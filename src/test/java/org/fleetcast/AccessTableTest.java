package org.fleetcast;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccessTableTest {
  private static final Path SECURITY = Path.of("src/site/markdown/security.md");

  @Test
  void the_document_shows_who_is_let_in_as_the_open_api_document_says() throws IOException {
    List<String> table =
        new AccessTable(new OpenApiDocument(SchemaDocument.ofYaml(OpenApiDocumentTest.FILE)))
            .markdown();
    List<String> shown =
        Files.readAllLines(SECURITY).stream()
            .dropWhile(line -> !line.startsWith("| endpoint |"))
            .takeWhile(line -> line.startsWith("|"))
            .toList();

    assertThat(shown)
        .as("the table of %s, which has to be:%n%s", SECURITY, String.join("\n", table))
        .isEqualTo(table);
  }
}
