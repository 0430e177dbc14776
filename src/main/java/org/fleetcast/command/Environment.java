package org.fleetcast.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/**
 * What a command finds around it.
 *
 * @param variables those of the process
 * @param clock tells the time of day
 */
record Environment(Terminal terminal, Map<String, String> variables, Clock clock) {
  /** A variable that has something in it. */
  Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name))
        .map(String::strip)
        .filter(text -> !text.isEmpty());
  }

  /**
   * A secret of the server: its variable, or what the file holds that the same name with {@code
   * _FILE} behind it names. A line end at the end of the file is not part of it.
   */
  Optional<String> secret(String name) {
    Optional<String> file = variable(name + "_FILE");
    if (file.isEmpty()) {
      return Optional.ofNullable(variables.get(name)).filter(text -> !text.isEmpty());
    }
    try {
      return Optional.of(Files.readString(Path.of(file.get())).replaceFirst("\r?\n$", ""));
    } catch (IOException | InvalidPathException unreadable) {
      return Optional.empty(); // which is a finding of its own
    }
  }

  LoginFile loginFile() {
    return LoginFile.of(variables);
  }
}
