package org.fleetcast;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fleetcast.OpenApiDocument.Operation;

/** Who is let in at each endpoint: what the OpenAPI document says of each kind of caller. */
public final class AccessTable {
  private static final Set<String> ROLES = Set.of("user", "editor", "device");

  private final OpenApiDocument document;

  public AccessTable(OpenApiDocument document) {
    this.document = document;
  }

  /** A kind of caller, by what is shown in the header. */
  public enum Caller {
    ANONYMOUS(),
    VIEWER("user"),
    EDITOR("user", "editor"),
    DEVICE("device"),
    ANOTHER_DEVICE("device"),
    INTERNAL_TOKEN(),
    ID_TOKEN(),
    TOKEN_OF_ANOTHER_CLIENT(),
    EXPIRED_TOKEN(),
    FORGED_TOKEN();

    private final Set<String> roles;

    Caller(String... roles) {
      this.roles = Set.of(roles);
    }

    String title() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ').replace("id token", "ID token");
    }
  }

  /** The status of a refusal, or {@code yes}. */
  public static String answer(Operation operation, Caller caller) {
    if (operation.alternatives().isEmpty()) {
      return "yes";
    }
    if (operation.alternatives().contains("internalToken []")) {
      return caller == Caller.INTERNAL_TOKEN ? "yes" : "403";
    }
    Set<String> opens = operation.roles();
    if (opens.isEmpty() || !ROLES.containsAll(opens)) {
      throw new AssertionError("Nobody decided who may call " + operation.name());
    }
    if (caller.roles.isEmpty()) {
      return "401";
    }
    return caller.roles.stream().anyMatch(opens::contains) ? "yes" : "403";
  }

  /** The table as it stands in a document, a line for each endpoint. */
  public List<String> markdown() {
    Stream<String> head =
        Stream.of(
            row("endpoint", Arrays.stream(Caller.values()).map(Caller::title)),
            "|---|" + "---|".repeat(Caller.values().length));
    Stream<String> rows =
        document.operations().stream()
            .map(
                operation ->
                    row(
                        '`' + operation.name() + '`',
                        Arrays.stream(Caller.values()).map(caller -> answer(operation, caller))));
    return Stream.concat(head, rows).toList();
  }

  private static String row(String first, Stream<String> cells) {
    return Stream.concat(Stream.of(first), cells).collect(Collectors.joining(" | ", "| ", " |"));
  }
}
