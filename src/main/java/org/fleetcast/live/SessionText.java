package org.fleetcast.live;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a session, or one of its subscriptions, is written for another replica. */
final class SessionText {
  private SessionText() {}

  /**
   * What is kept of a session.
   *
   * @param requestId its stream's
   * @param subscriptions each with the position from which on its viewer is to have it
   */
  record Kept(String requestId, List<Subscription> subscriptions) {}

  static String of(Kept kept) {
    JsonArrayBuilder all = Json.createArrayBuilder();
    kept.subscriptions.forEach(each -> all.add(object(each)));
    return Json.createObjectBuilder()
        .add("request_id", kept.requestId)
        .add("subscriptions", all)
        .build()
        .toString();
  }

  static Kept kept(String text) {
    JsonObject all = read(text);
    List<Subscription> subscriptions = new ArrayList<>();
    for (JsonObject each : all.getJsonArray("subscriptions").getValuesAs(JsonObject.class)) {
      subscriptions.add(subscription(each));
    }
    return new Kept(all.getString("request_id"), subscriptions);
  }

  /** One subscription as an object. */
  static JsonObject object(Subscription wanted) {
    JsonObjectBuilder made = Json.createObjectBuilder().add("tail", wanted.tail());
    put(made, wanted.selector(), wanted.scope());
    LineFilter filter = wanted.filter();
    if (filter.level() != null) {
      made.add("level", filter.level().name());
    }
    if (filter.contains() != null) {
      made.add("contains", filter.contains());
    }
    put(made, "field", filter.fields().only());
    put(made, "without_field", filter.fields().without());
    EventId after = wanted.after();
    if (after != null) {
      made.add("after", after.text());
    }
    return made.build();
  }

  private static void put(JsonObjectBuilder made, String name, Set<FieldFilter.Field> fields) {
    if (!fields.isEmpty()) {
      JsonArrayBuilder all = Json.createArrayBuilder();
      fields.forEach(field -> all.add(field.text()));
      made.add(name, all);
    }
  }

  private static Set<FieldFilter.Field> fields(JsonObject made, String name) {
    JsonArray all = made.getJsonArray(name);
    if (all == null) {
      return Set.of();
    }
    List<String> texts =
        all.getValuesAs(JsonString.class).stream().map(JsonString::getString).toList();
    return Objects.requireNonNull(FieldFilter.fields(texts), "another replica has checked them");
  }

  private static void put(JsonObjectBuilder made, Selector selector, Scope scope) {
    Integer device = selector.deviceId();
    String entity = scope.entityId();
    if (device != null) {
      made.add("device", device);
    }
    if (entity != null) {
      made.add("entity", entity);
    } else if (scope instanceof Scope.Model model) {
      made.add("model", model.id());
    }
  }

  static Subscription subscription(JsonObject made) {
    Scope scope = scope(made);
    String level = made.getString("level", null);
    String after = made.getString("after", null);
    return new Subscription(
        selector(made, scope),
        scope,
        new LineFilter(
            level == null ? null : LogLevel.valueOf(level),
            made.getString("contains", null),
            new FieldFilter(fields(made, "field"), fields(made, "without_field"))),
        made.getInt("tail", 0),
        after == null ? null : EventId.of(after));
  }

  /** Of an object that says no more than that. */
  static Selector selector(JsonObject made) {
    return selector(made, scope(made));
  }

  static JsonObject object(Selector selector) {
    JsonObjectBuilder made = Json.createObjectBuilder();
    Scope many = selector.many();
    put(made, selector, many == null ? new Scope.Entity("") : many);
    return made.build();
  }

  private static Selector selector(JsonObject made, Scope scope) {
    return made.containsKey("device") ? Selector.device(made.getInt("device")) : Selector.of(scope);
  }

  private static Scope scope(JsonObject made) {
    String entity = made.getString("entity", null);
    if (entity != null) {
      return new Scope.Entity(entity);
    }
    return made.containsKey("model") ? new Scope.Model(made.getInt("model")) : Scope.FLEET;
  }

  static JsonObject read(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return Objects.requireNonNull(reader.readObject());
    }
  }

  /** With one subscription more, or another in its place. */
  static Kept with(Kept kept, Subscription wanted) {
    List<Subscription> all = new ArrayList<>(without(kept, wanted.selector()).subscriptions);
    all.add(wanted);
    return new Kept(kept.requestId, all);
  }

  /** Without one of them. */
  static Kept without(Kept kept, Selector selector) {
    return new Kept(
        kept.requestId,
        kept.subscriptions.stream().filter(each -> !each.selector().equals(selector)).toList());
  }

  /** Whether it has one of them. */
  static boolean has(Kept kept, @Nullable Selector selector) {
    return kept.subscriptions.stream().anyMatch(each -> each.selector().equals(selector));
  }
}
