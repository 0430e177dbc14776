package org.fleetcast;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What the OpenAPI document says of each operation. */
public final class OpenApiDocument {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete");

  private final SchemaDocument schemas;
  private final List<Operation> operations = new ArrayList<>();

  public OpenApiDocument(SchemaDocument schemas) {
    this.schemas = schemas;
    schemas
        .root()
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(method -> add(method.getKey(), path.getKey(), method.getValue())));
  }

  private void add(String method, String path, JsonNode node) {
    if (METHODS.contains(method)) {
      operations.add(new Operation(method.toUpperCase(Locale.ROOT), path, node));
    }
  }

  public SchemaDocument schemas() {
    return schemas;
  }

  public List<Operation> operations() {
    return operations;
  }

  /** The operation of a path as it is requested; fixed names go before parameters. */
  public Optional<Operation> operation(String method, String path) {
    return operations.stream()
        .filter(operation -> operation.method.equals(method) && operation.serves(path))
        .min(Comparator.comparing(operation -> operation.path.contains("{")));
  }

  /** Whether there is such a path; with {@code …} or an id for a parameter. */
  public boolean hasPath(String path) {
    return operations.stream().anyMatch(operation -> operation.serves(path));
  }

  /** The parameters of an operation as {@code <where> <name>}. */
  public Set<String> parameters(Operation operation) {
    Set<String> parameters = new TreeSet<>();
    for (JsonNode node : operation.node.path("parameters")) {
      JsonNode parameter = schemas.resolved(node);
      parameters.add(parameter.path("in").asText() + " " + parameter.path("name").asText());
    }
    return parameters;
  }

  /** One method of one path. */
  public record Operation(String method, String path, JsonNode node) {
    /** As it is listed: {@code GET /api/devices}. */
    public String name() {
      return method + " " + path;
    }

    boolean serves(String requested) {
      String pattern = Pattern.quote(path).replaceAll("\\{[^}]+}", "\\\\E[^/]+\\\\Q");
      return requested.matches(pattern);
    }

    /** The roles that open it; none when everybody may call it, or nobody with a role. */
    public Set<String> roles() {
      Set<String> roles = new TreeSet<>();
      for (JsonNode requirement : node.path("security")) {
        requirement.forEach(names -> names.forEach(name -> roles.add(name.asText())));
      }
      return roles;
    }

    /**
     * Each way to be let in, as {@code <scheme> <roles>}; none when everybody is, and a sentence
     * when the operation leaves it open.
     */
    public Set<String> alternatives() {
      if (!node.has("security")) {
        return Set.of("security is not written");
      }
      Set<String> alternatives = new TreeSet<>();
      for (JsonNode requirement : node.path("security")) {
        List<String> together = new ArrayList<>();
        requirement
            .properties()
            .forEach(scheme -> together.add(scheme.getKey() + " " + scheme.getValue()));
        alternatives.add(String.join(" and ", together));
      }
      return alternatives;
    }

    public boolean hasBody() {
      return node.has("requestBody");
    }

    public JsonNode responses() {
      return node.path("responses");
    }
  }
}
