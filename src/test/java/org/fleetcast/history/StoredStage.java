package org.fleetcast.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.fleetcast.Stub;
import org.fleetcast.archive.ElasticsearchAccess;
import org.fleetcast.archive.Lookup;
import org.fleetcast.archive.SearchIndex;
import org.fleetcast.cluster.BatchLog;
import org.fleetcast.cluster.Cluster;
import org.fleetcast.live.Piece;
import org.fleetcast.live.Replays;
import org.fleetcast.sink.Appended;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.sink.JournalKeeper;
import org.fleetcast.sink.JournalLine;
import org.fleetcast.sink.LineJson;
import org.fleetcast.sink.LogMetrics;
import org.fleetcast.sink.LogTime;

/**
 * A journal, and what answers for Elasticsearch: it finds lines by entity and time, in the order
 * asked for. Lines are named by their number; from number 0 on the journal has all that were taken,
 * and those before it has none of.
 */
final class StoredStage implements AutoCloseable {
  /** The refusal that is no answer. */
  static final int HANG_UP = -1;

  final JournalKeeper keeper;
  final SearchIndex index;
  private final HttpServer server;
  private final Map<Long, JournalLine> searchable = new TreeMap<>();

  /** How often Elasticsearch was asked. */
  final AtomicInteger searches = new AtomicInteger();

  /** What it answers instead of 200. */
  volatile int refusal;

  StoredStage(Path folder) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    index =
        new SearchIndex(
            Optional.of(url),
            ElasticsearchAccess.open(),
            "logs",
            IndexNames.daily("logstash-http-"));
    Cluster alone =
        new Cluster(Optional.empty(), Optional.empty(), Optional.empty(), "", Optional.empty());
    keeper =
        new JournalKeeper(
            new LogMetrics(Stub.of(MetricRegistry.class)),
            alone,
            new BatchLog(alone),
            Optional.empty(),
            Optional.of(url),
            Optional.of(folder.toString()),
            Long.toString(1 << 30));
  }

  @Override
  public void close() {
    keeper.journal().close();
    server.stop(0);
  }

  static Lookup reading() {
    return Lookup.within(Duration.ofMinutes(1));
  }

  /** The time of a line. */
  long at(int number) {
    return keeper.journal().completeSince() + number;
  }

  JournalLine line(int number, String entityId) {
    return line(number, entityId, "line " + number);
  }

  JournalLine line(int number, String entityId, String message) {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    fields.put("@timestamp", LogTime.text(at(number)));
    fields.put("id", "id" + number);
    fields.put("entity_id", entityId);
    fields.put("message", message);
    fields.put("level", number % 2 == 0 ? "W" : "I");
    return new JournalLine(
        at(number),
        "id" + number,
        JournalLine.Kind.LINE,
        entityId,
        fields.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Lines of that entity, with the numbers of a range. */
  List<JournalLine> lines(int first, int last, String entityId) {
    List<JournalLine> all = new ArrayList<>();
    for (int number = first; number <= last; number++) {
      all.add(line(number, entityId));
    }
    return all;
  }

  void take(List<JournalLine> lines) {
    try {
      Appended.to(keeper.journal(), lines, List.of());
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  void index(List<JournalLine> lines) {
    lines.forEach(line -> searchable.put(line.at(), line));
  }

  /** The numbers of lines. */
  List<Integer> numbers(List<JournalLine> lines) {
    return lines.stream().map(line -> (int) (line.at() - at(0))).toList();
  }

  /** The numbers of the lines that these pieces show, in order. */
  static List<Integer> shown(List<? extends Piece> pieces) {
    return pieces.stream()
        .flatMap(piece -> Replays.ids(piece).stream())
        .map(id -> Integer.valueOf(id.substring(2)))
        .toList();
  }

  private void answer(HttpExchange exchange) throws IOException {
    searches.incrementAndGet();
    if (refusal == HANG_UP) {
      exchange.close();
      return;
    }
    JsonNode asked = LineJson.MAPPER.readTree(exchange.getRequestBody());
    JsonNode filters = asked.at("/query/bool/filter");
    Set<String> entities = new HashSet<>();
    filters.at("/0/bool/should/0/terms/entity_id.keyword").forEach(id -> entities.add(id.asText()));
    JsonNode times = filters.at("/1/range/@timestamp");
    long from = LogTime.parse(times.path("gte").asText()).orElseThrow();
    long to = LogTime.parse(times.path("lte").asText()).orElseThrow();
    boolean backward = asked.at("/sort/0/@timestamp/order").asText().equals("desc");
    Comparator<JournalLine> order = Comparator.comparingLong(JournalLine::at);
    List<String> hits =
        searchable.values().stream()
            .filter(line -> line.at() >= from && line.at() <= to)
            .filter(line -> entities.contains(line.entityId()))
            .sorted(backward ? order.reversed() : order)
            .skip(asked.path("from").asInt())
            .limit(asked.path("size").asInt())
            .map(StoredStage::hit)
            .toList();
    byte[] body =
        ("{\"took\":1,\"timed_out\":false,\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0},"
                + "\"hits\":{\"hits\":["
                + String.join(",", hits)
                + "]}}")
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("X-Elastic-Product", "Elasticsearch");
    try (exchange) {
      exchange.sendResponseHeaders(refusal == 0 ? 200 : refusal, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static String hit(JournalLine line) {
    String json = new String(line.json(), StandardCharsets.UTF_8);
    return "{\"_index\":\"logs\",\"_id\":\"%s\",\"_source\":%s,\"sort\":[%d]}"
        .formatted(line.id(), json, line.at() * 1_000);
  }
}
