package org.fleetcast.archive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.fleetcast.archive.SearchIndex.Refused;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LogTime;
import org.jspecify.annotations.Nullable;

/**
 * Our index templates: installed at start and again from time to time, and whether they have effect
 * beside somebody else's. Nothing waits for one that is refused. Used by the archive's thread; its
 * {@link #state} by all.
 */
final class IndexTemplates {
  private static final Logger LOG = System.getLogger(IndexTemplates.class.getName());
  private static final Duration WHILE_REFUSED = Duration.ofMinutes(1);
  private static final Duration OTHERWISE = Duration.ofHours(1);
  private static final int TRIES_BEFORE_ALL_WRITES = 5;
  private static final int MAX_PREPARED = 1_000;
  private static final String OK = "ok";
  private static final String SETTINGS = "fleetcast-settings";

  /** By which a data stream rolls over; for daily indices Elasticsearch refuses one. */
  private static final String LIFECYCLE = "fleetcast-lifecycle";

  /** What ends the name of an operator's own part, as with the templates that Elasticsearch has. */
  private static final String CUSTOM = "@custom";

  private final SearchIndex index;
  private final Clock wall;
  private final Set<String> prepared = new HashSet<>();
  private Instant due = Instant.MIN;
  private boolean answered;
  private int unanswered;
  private boolean hidden;
  private volatile String state = "not tried yet";

  /**
   * @param wall tells the days of the indices to come
   */
  IndexTemplates(SearchIndex index, Clock wall) {
    this.index = index;
    this.wall = wall;
  }

  /** {@code ok}, or what is wrong with them. */
  String state() {
    return state;
  }

  /**
   * Installs them if it is time to.
   *
   * @throws Refused when there is no Elasticsearch, so that a write need not be tried either; also
   *     for a while after the start when it cannot do it yet, since an index that is created before
   *     its template is without it for the day
   */
  void keep(Instant now) throws Refused {
    if (now.isBefore(due)) {
      return;
    }
    try {
      say(problem());
      answered = true;
      due = now.plus(state.equals(OK) ? OTHERWISE : WHILE_REFUSED);
    } catch (Refused refused) {
      if (!answered) {
        say("not installed yet: " + refused.text());
      }
      if (refused.unreachable() || (!answered && ++unanswered <= TRIES_BEFORE_ALL_WRITES)) {
        throw refused;
      }
      due = now.plus(WHILE_REFUSED);
    } catch (RuntimeException odd) {
      // Whatever somebody else's templates look like, storing does not wait for them.
      say("cannot be looked at: " + odd.getClass().getSimpleName());
      due = now.plus(WHILE_REFUSED);
    }
  }

  /** After an outage they may be gone: who does not answer may come back as somebody else. */
  void again(Refused refused) {
    if (refused.unreachable()) {
      due = Instant.MIN;
    }
  }

  /**
   * Before these are written: maps our own fields, and the one that holds what Elasticsearch does
   * not take, where a foreign template could keep them from being added later, since there are too
   * many fields by then, or none may be added.
   *
   * @throws Refused when there is no Elasticsearch, so that the write need not be tried either
   */
  void prepare(List<StoredDocument> documents) throws Refused {
    if (!hidden) {
      return;
    }
    Map<String, StoredDocument> firsts = new HashMap<>();
    for (StoredDocument document : documents) {
      if (isLine(document.index())) {
        firsts.putIfAbsent(document.index(), document);
      }
    }
    firsts.keySet().removeAll(prepared);
    for (StoredDocument first : firsts.values()) {
      if (mapped(first.index()) || created(first)) {
        if (prepared.size() >= MAX_PREPARED) {
          prepared.clear();
        }
        prepared.add(first.index());
      }
    }
  }

  private boolean isLine(String name) {
    return name.startsWith(index.names().prefix(JournalLine.Kind.LINE)) || isStream(name);
  }

  private boolean isStream(String name) {
    return index.names().stream().filter(name::equals).isPresent();
  }

  /** A day's index by a line that comes once more with its batch; its outcome is told then. */
  private boolean created(StoredDocument first) throws Refused {
    if (isStream(first.index())) { // a line that comes twice might meet a rollover between
      return put("/_data_stream/" + first.index(), null) == null && mapped(first.index());
    }
    index.write(List.of(first));
    return mapped(first.index());
  }

  /** False while there is no such index. */
  private boolean mapped(String name) throws Refused {
    boolean there = true;
    for (Map.Entry<String, JsonNode> field :
        template(JournalLine.Kind.LINE).mappings().path("properties").properties()) {
      there &= mapped(name, field); // each alone, since of one the template may say otherwise
    }
    return there;
  }

  private boolean mapped(String name, Map.Entry<String, JsonNode> field) throws Refused {
    try {
      String json =
          JsonNodeFactory.instance.objectNode().set(field.getKey(), field.getValue()).toString();
      index.ask("PUT", "/" + name + "/_mapping", "{\"properties\":" + json + "}");
      return true;
    } catch (Refused refused) {
      if (refused.unreachable()) {
        throw refused;
      }
      return refused.status() != 404; // without it lines are stored all the same
    }
  }

  private void say(@Nullable String problem) {
    String now = problem == null ? OK : problem;
    boolean changed = !now.equals(state);
    state = now;
    if (changed) {
      Level level = problem == null ? Level.INFO : Level.WARNING;
      LOG.log(level, "The index templates in Elasticsearch: " + now);
    }
  }

  /** Installs them all; what is wrong, null when nothing is. */
  private @Nullable String problem() throws Refused {
    List<String> problems = new ArrayList<>();
    // A part of the others, so that the operator's own part, which comes after it, may say
    // otherwise.
    for (String part : streams() ? List.of(SETTINGS, LIFECYCLE) : List.of(SETTINGS)) {
      String refusal = put("/_component_template/" + part, TemplateFile.named(part).json());
      if (refusal != null) {
        problems.add(part + " is refused: " + refusal);
      }
    }
    for (JournalLine.Kind kind : JournalLine.Kind.values()) {
      String problem = install(kind, problems);
      if (problem == null) {
        problem = hiddenBy(kind);
        hidden = kind == JournalLine.Kind.LINE ? problem != null : hidden;
      } else if (kind == JournalLine.Kind.LINE) {
        hidden = true; // the next index is without our mapping
      }
      if (problem != null) {
        problems.add(problem);
      }
    }
    return problems.isEmpty() ? null : String.join("; ", problems);
  }

  private boolean streams() {
    return index.names().stream().isPresent();
  }

  private TemplateFile template(JournalLine.Kind kind) {
    boolean line = kind == JournalLine.Kind.LINE;
    TemplateFile file =
        TemplateFile.named(line ? "fleetcast-logs" : "fleetcast-dead-letter")
            .with("indices", index.names().written(kind))
            .with("custom", custom(kind));
    return line && streams() ? file.asStream(LIFECYCLE) : file;
  }

  /**
   * Its name there; a data stream has one of its own, since Elasticsearch lets no stream that is
   * there lose its template.
   */
  private String name(JournalLine.Kind kind) {
    return kind == JournalLine.Kind.LINE && streams()
        ? "fleetcast-stream-" + index.names().written(kind)
        : daily(kind);
  }

  /** The name of that of daily indices; beside a Fleetcast of another prefix it is another. */
  private String daily(JournalLine.Kind kind) {
    if (kind == JournalLine.Kind.DEAD_LETTER) {
      return "fleetcast-dead-letter";
    }
    String prefix = index.names().prefix(kind);
    return prefix.equals("logstash-http-") ? "fleetcast-logs" : "fleetcast-logs-" + prefix;
  }

  private String custom(JournalLine.Kind kind) {
    return daily(kind) + CUSTOM;
  }

  /** With the operator's own part, or where that is no good, without it. */
  private @Nullable String install(JournalLine.Kind kind, List<String> problems) throws Refused {
    String path = "/_index_template/" + name(kind);
    String custom = custom(kind);
    TemplateFile ours = template(kind);
    String refusal = put(path, ours.json());
    if (refusal == null) {
      return null;
    }
    if (put(path, ours.without(custom).json()) == null) {
      if (!refusal.contains(TemplateFile.MAY_MISS)) { // as Elasticsearch before 8.7 does
        problems.add(custom + " is left out, since Elasticsearch refuses it: " + refusal);
      }
      return null;
    }
    return name(kind) + " is refused: " + refusal;
  }

  /** Why Elasticsearch does not take it; null when it does. */
  private @Nullable String put(String path, @Nullable String json) throws Refused {
    try {
      index.ask("PUT", path, json);
      return null;
    } catch (Refused refused) {
      if (refused.temporary()) {
        throw refused;
      }
      return refused.text();
    }
  }

  /**
   * Who gives the indices of today and tomorrow another mapping, or documents; null when nobody
   * does.
   */
  private @Nullable String hiddenBy(JournalLine.Kind kind) throws Refused {
    TemplateFile ours = template(kind);
    Instant now = wall.instant();
    for (Instant day : List.of(now, now.plus(Duration.ofDays(1)))) {
      String name = index.names().of(kind, LogTime.micros(day));
      try {
        JsonNode found =
            index.ask("POST", "/_index_template/_simulate_index/" + name, null).path("template");
        JsonNode mappings = found.path("mappings");
        boolean stream = mappings.has("_data_stream_timestamp");
        if (stream != isStream(name) || !maps(mappings, ours.mappings())) {
          String becomes = stream ? " and becomes a data stream" : " and becomes none";
          return "the template %s of higher priority hides %s: %s takes its mapping%s"
              .formatted(winner(name), name(kind), name, stream == isStream(name) ? "" : becomes);
        }
        if (isWithoutSource(mappings.path("_source"))) {
          return name + " keeps no _source: what is stored there cannot be read";
        }
        if (isRewritten(found.at("/settings/index"))) {
          return name
              + " gets index.mode logsdb without index.mapping.source.mode stored: Elasticsearch"
              + " may give lines back in other words than they were stored in";
        }
      } catch (Refused refused) {
        if (refused.temporary()) {
          throw refused;
        }
        return name(kind) + " has an unknown effect: " + refused.text();
      }
    }
    return null;
  }

  /** By its licence logsdb keeps no documents but what they can be made of again, more or less. */
  private static boolean isRewritten(JsonNode settings) {
    return settings.path("mode").asText().equals("logsdb")
        && !settings.at("/mapping/source/mode").asText().equals("stored");
  }

  private static boolean isWithoutSource(JsonNode source) {
    return !source.path("enabled").asBoolean(true)
        || !source.path("excludes").isEmpty()
        || !source.path("includes").isEmpty();
  }

  /** Whether a mapping has all that ours has, and adds nothing of itself. */
  private static boolean maps(JsonNode mapping, JsonNode ours) {
    return mapping.path("dynamic").asText().equals(ours.path("dynamic").asText())
        && ours.path("properties").properties().stream()
            .allMatch(field -> isLike(mapping.path("properties").path(field.getKey()), field));
  }

  private static boolean isLike(JsonNode found, Map.Entry<String, JsonNode> field) {
    JsonNode ours = field.getValue();
    return found.path("type").asText().equals(ours.path("type").asText())
        && ours.path("fields").properties().stream()
            .allMatch(part -> isLike(found.path("fields").path(part.getKey()), part));
  }

  private String winner(String indexName) throws Refused {
    JsonNode all =
        index.ask(
            "GET",
            "/_index_template?filter_path=index_templates.name,"
                + "index_templates.index_template.index_patterns,"
                + "index_templates.index_template.priority",
            null);
    String winner = "(unknown)";
    long highest = -1;
    for (JsonNode template : all.path("index_templates")) {
      long priority = template.path("index_template").path("priority").asLong();
      for (JsonNode pattern : template.path("index_template").path("index_patterns")) {
        if (priority > highest && covers(pattern.asText(), indexName)) {
          winner = template.path("name").asText();
          highest = priority;
        }
      }
    }
    return winner;
  }

  /** Whether an index pattern, in which a star stands for any text, takes a name. */
  private static boolean covers(String indexPattern, String indexName) {
    String regex =
        Arrays.stream(indexPattern.split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return indexName.matches(regex);
  }
}
