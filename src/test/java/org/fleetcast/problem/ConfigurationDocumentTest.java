package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code configuration.md} has every setting with its default, and no other. */
class ConfigurationDocumentTest {
  private static final Path DOCUMENT = Path.of("src/site/markdown/configuration.md");

  /** A row of a table: the variable, and its default as it stands there. */
  private static final Pattern ROW =
      Pattern.compile("^\\| `(\\w+)` \\| *(.*?) *\\|.*\\|$", Pattern.MULTILINE);

  private static final Pattern VARIABLE =
      Pattern.compile("<variable name=\"([^\"]+)\" defaultValue=\"([^\"]*)\"/>");
  private static final Pattern FROM_ENVIRONMENT = Pattern.compile("\\$\\{env\\.(\\w+)}");

  @Test
  void the_document_has_every_key_of_the_catalogue_with_its_default_and_no_other()
      throws IOException {
    Map<String, String> wanted = new TreeMap<>();
    Properties catalogue = Catalogue.read();
    for (String key : catalogue.stringPropertyNames()) {
      wanted.put(Catalogue.variable(key), inDocument(catalogue.getProperty(key)));
    }

    assertThat(rows("## Application", "## Server")).isEqualTo(wanted);
  }

  @Test
  void the_document_has_every_variable_of_the_server_and_no_other() throws IOException {
    String server = Files.readString(Path.of("server.xml"));
    Map<String, String> wanted = new TreeMap<>();
    VARIABLE
        .matcher(server)
        .results()
        .forEach(
            found -> wanted.put(Catalogue.variable(found.group(1)), inDocument(found.group(2))));
    FROM_ENVIRONMENT.matcher(server).results().forEach(found -> wanted.put(found.group(1), ""));
    Map<String, String> rows = rows("## Server", "Variables that Open Liberty itself reads");

    assertThat(rows.keySet()).isEqualTo(wanted.keySet());
    rows.forEach(
        (name, value) -> {
          if (value.startsWith("`") && !value.equals("`DATABASE_URL`")) {
            assertThat(value).as(name).isEqualTo(wanted.get(name));
          }
        });
  }

  @Test
  void the_server_and_the_application_have_the_same_write_deadline() throws IOException {
    String name = "SSE_WRITE_DEADLINE_SECONDS";

    assertThat(rows("## Server", "Variables that Open Liberty itself reads").get(name))
        .isEqualTo(rows("## Application", "## Server").get(name));
  }

  private static Map<String, String> rows(String from, String to) throws IOException {
    String document = Files.readString(DOCUMENT);
    String part = document.substring(document.indexOf(from), document.indexOf(to));
    Map<String, String> rows = new TreeMap<>();
    for (MatchResult row : ROW.matcher(part).results().toList()) {
      assertThat(rows.put(row.group(1), row.group(2))).as("twice: " + row.group(1)).isNull();
    }
    return rows;
  }

  private static String inDocument(String value) {
    return value.isEmpty() ? "" : "`" + value + "`";
  }
}
