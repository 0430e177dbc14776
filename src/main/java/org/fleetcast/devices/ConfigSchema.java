package org.fleetcast.devices;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.resource.AllowSchemaLoader;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.Problem.InvalidField;
import org.jspecify.annotations.Nullable;

/**
 * The JSON Schema of a model: draft 4, 6, 7, 2019-09 or 2020-12, the last unless {@code $schema}
 * says otherwise. It stands alone: a reference to another document is never followed.
 */
public final class ConfigSchema {
  private static final String FIELD = "config_schema";
  private static final int MOST_FAULTS = 20;
  private static final Set<String> DRAFTS =
      Set.of(SchemaId.V4, SchemaId.V6, SchemaId.V7, SchemaId.V201909, SchemaId.V202012);

  /** Of the drafts themselves, whose patterns are the library's. */
  private static final SchemaValidatorsConfig SETTINGS =
      SchemaValidatorsConfig.builder().locale(Locale.ROOT).build();

  private final JsonSchema schema;

  private ConfigSchema(JsonSchema schema) {
    this.schema = schema;
  }

  /**
   * Reads a schema.
   *
   * @throws Problem 400 on field {@code config_schema} when it is no schema that can be used
   */
  static ConfigSchema read(String text) {
    JsonNode tree = JsonText.parse(FIELD, text);
    if (!tree.isObject() && !tree.isBoolean()) {
      throw Problem.invalid(FIELD, "must be the text of a JSON Schema, an object or a boolean");
    }
    try {
      JsonSchemaFactory factory = factory();
      List<InvalidField> faults =
          faults(FIELD, factory.getSchema(SchemaLocation.of(draft(tree)), SETTINGS).validate(tree));
      if (!faults.isEmpty()) {
        throw Problem.invalid(faults);
      }
      JsonSchema schema = factory.getSchema(tree, new SchemaWorkLimit());
      schema.initializeValidators();
      // Some references are looked up only when they are met.
      schema.validate(JsonNodeFactory.instance.objectNode());
      return new ConfigSchema(schema);
    } catch (JsonSchemaException unusable) {
      throw Problem.invalid(FIELD, "is not a usable JSON Schema: " + unusable.getMessage());
    } catch (StackOverflowError endless) {
      throw Problem.invalid(FIELD, "refers to itself without end");
    }
  }

  /** Why a schema that was written elsewhere could not be saved here; empty when it could. */
  public static Optional<String> fault(String schema) {
    try {
      read(schema);
      return Optional.empty();
    } catch (Problem refused) {
      return Optional.of(first(refused));
    }
  }

  /** Why a config that was written elsewhere could not be saved here; empty when it could. */
  public static Optional<String> fault(String config, @Nullable String schema) {
    try {
      DeviceConfig read = DeviceConfig.read(config);
      if (schema != null) {
        read(schema).check(read);
      }
      return Optional.empty();
    } catch (Problem refused) {
      return Optional.of(first(refused));
    }
  }

  private static String first(Problem refused) {
    return refused.details().get("fields") instanceof List<?> fields
            && fields.get(0) instanceof InvalidField invalid
        ? invalid.field() + " " + invalid.message()
        : refused.sentence();
  }

  /**
   * Holds a config against the schema.
   *
   * @throws Problem 400 on field {@code config} that says where it fails
   */
  void check(DeviceConfig config) {
    try {
      List<InvalidField> faults = faults("config", schema.validate(config.tree()));
      if (!faults.isEmpty()) {
        throw Problem.invalid(faults);
      }
    } catch (JsonSchemaException unusable) {
      throw Problem.invalid(
          "config", "cannot be held against its model's schema: " + unusable.getMessage());
    } catch (StackOverflowError endless) {
      throw Problem.invalid("config", "leads its model's schema to refer to itself without end");
    }
  }

  private static String draft(JsonNode tree) {
    JsonNode named = tree.get("$schema");
    if (named == null) {
      return SchemaId.V202012;
    }
    return DRAFTS.stream()
        .filter(draft -> bare(draft).equals(bare(named.asText())))
        .findFirst()
        .orElseThrow(
            () -> Problem.invalid(FIELD, "$schema must be draft 4, 6, 7, 2019-09 or 2020-12"));
  }

  private static String bare(String draft) {
    return draft.endsWith("#") ? draft.substring(0, draft.length() - 1) : draft;
  }

  /** What the library brings along may be loaded, nothing else: no network, no file. */
  private static JsonSchemaFactory factory() {
    return JsonSchemaFactory.getInstance(
        VersionFlag.V202012,
        builder ->
            builder.schemaLoaders(
                loaders ->
                    loaders.add(
                        new AllowSchemaLoader(
                            iri -> iri.toString().startsWith("classpath:draft")))));
  }

  private static List<InvalidField> faults(String field, Set<ValidationMessage> messages) {
    return messages.stream()
        .map(ConfigSchema::sentence)
        .distinct()
        .sorted(Comparator.naturalOrder())
        .limit(MOST_FAULTS)
        .map(sentence -> new InvalidField(field, sentence))
        .toList();
  }

  private static String sentence(ValidationMessage message) {
    String place = message.getInstanceLocation().toString();
    return "at " + (place.isEmpty() ? "/" : place) + ": " + message.getError();
  }
}
