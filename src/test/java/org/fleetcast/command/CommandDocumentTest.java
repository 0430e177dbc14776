package org.fleetcast.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** {@code command.md} shows the help as it is printed. */
class CommandDocumentTest {
  private static final Path DOCUMENT = Path.of("src/site/markdown/command.md");

  @Test
  void the_document_has_the_help_of_the_command_and_of_all_that_it_can_do() throws IOException {
    String document = Files.readString(DOCUMENT);
    Terminal nowhere = new Terminal(System.out, System.err, false);
    CommandLine line =
        new Fleetcast(new Environment(nowhere, Map.of(), Clock.systemUTC())).commandLine();
    List<CommandLine> all = new ArrayList<>(List.of(line));
    all.addAll(line.getSubcommands().values());

    assertThat(all).hasSizeGreaterThan(8);
    for (CommandLine each : all) {
      assertThat(document).contains("```\n" + each.getUsageMessage(Ansi.OFF) + "```");
    }
  }
}
