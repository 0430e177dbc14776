package org.fleetcast.command;

import picocli.CommandLine.Option;

/** How a command shows what it was asked for, for every command that lists something. */
final class OutputOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      defaultValue = "text",
      description = "${COMPLETION-CANDIDATES}: for people, or all of it as an object a line.")
  private OutputForm form;

  boolean isJson() {
    return form == OutputForm.JSON;
  }
}
