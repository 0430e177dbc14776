package org.fleetcast.archive;

import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import co.elastic.clients.elasticsearch._types.ErrorCause;
import co.elastic.clients.elasticsearch.core.BulkRequest;
import co.elastic.clients.elasticsearch.core.BulkResponse;
import co.elastic.clients.elasticsearch.core.MsearchRequest;
import co.elastic.clients.elasticsearch.core.MsearchResponse;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.SearchResponse;
import co.elastic.clients.elasticsearch.core.bulk.BulkResponseItem;
import co.elastic.clients.elasticsearch.core.bulk.FailureStoreStatus;
import co.elastic.clients.elasticsearch.core.msearch.MultiSearchItem;
import co.elastic.clients.elasticsearch.core.msearch.MultiSearchResponseItem;
import co.elastic.clients.elasticsearch.core.msearch.MultisearchBody;
import co.elastic.clients.json.jackson.JacksonJsonpMapper;
import co.elastic.clients.transport.TransportException;
import co.elastic.clients.transport.rest_client.RestClientOptions;
import co.elastic.clients.transport.rest_client.RestClientTransport;
import co.elastic.clients.util.BinaryData;
import co.elastic.clients.util.ContentType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.apache.http.ContentTooLongException;
import org.apache.http.HttpEntity;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.elasticsearch.client.Request;
import org.elasticsearch.client.Response;
import org.elasticsearch.client.ResponseException;
import org.elasticsearch.client.RestClient;
import org.fleetcast.problem.Setting;
import org.fleetcast.sink.IndexNames;
import org.fleetcast.sink.LineJson;
import org.jspecify.annotations.Nullable;

/**
 * Elasticsearch as we use it: writes in bulk, searches, and what else it is asked. Absent when not
 * set.
 */
@Singleton
public class SearchIndex {
  /** For how long an answer is waited for. */
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** At most so many readers at a time on the largest machine: it has other callers too. */
  public static final int READERS = 24;

  /** What an answer to a search may take, which is in memory in several forms. */
  public static final int LARGE = 4 << 20;

  /** What it may take when it is of one document only. */
  public static final int LARGEST = 100 << 20;

  /** For how long a reader asks again for an index that has no shard yet. */
  private static final Duration SHARDS = Duration.ofSeconds(5);

  private static final long ASK_AGAIN_MILLIS = 50;

  /** For how long Elasticsearch itself waits for one before it refuses to write. */
  private static final String FOR_A_SHARD = "5s";

  private static final JacksonJsonpMapper MAPPER = new JacksonJsonpMapper(LineJson.MAPPER);

  private final @Nullable RestClient http;
  private final @Nullable ElasticsearchClient client;
  private final List<String> patterns;
  private final IndexNames names;

  @Inject
  public SearchIndex(
      @ConfigProperty(name = "elasticsearch.url") Optional<String> url,
      ElasticsearchAccess access,
      @ConfigProperty(name = "elasticsearch.index.pattern") String pattern,
      IndexNames names) {
    this.names = names;
    this.patterns =
        Arrays.stream(pattern.split(","))
            .map(String::strip)
            .filter(p -> !p.isEmpty())
            .collect(Collectors.toCollection(ArrayList::new));
    if (patterns.isEmpty()) {
      throw Setting.bad("ELASTICSEARCH_INDEX_PATTERN must name indices, comma separated");
    }
    names.stream().ifPresent(patterns::add);
    this.http = url.map(u -> ElasticsearchConnection.connect(u, access, TIMEOUT)).orElse(null);
    this.client =
        http == null ? null : new ElasticsearchClient(new RestClientTransport(http, MAPPER));
  }

  /** How the indices are named that are written here. */
  public IndexNames names() {
    return names;
  }

  /** Whether there is an Elasticsearch at all. */
  public boolean configured() {
    return client != null;
  }

  /** A whole request was refused, or did not arrive; 0 when there was no answer at all. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    private static final String TOO_LONG = "content_too_long";
    private static final int MAX_TEXT = 300;
    private static final Pattern OF_A_DEVICE =
        Pattern.compile(" Preview of field's value|, request: \\[");

    private final int status;
    private final String type;
    private final String reason;

    public Refused(int status, String type, Throwable cause) {
      this(status, type, "", cause);
    }

    public Refused(int status, String type, String reason, Throwable cause) {
      super(text(type, reason), cause);
      this.status = status;
      this.type = type;
      this.reason = reason;
    }

    public int status() {
      return status;
    }

    public String type() {
      return type;
    }

    /** There is nobody who could have taken anything. */
    boolean unreachable() {
      return getCause() instanceof ConnectException || getCause() instanceof UnknownHostException;
    }

    /** The answer would have been larger than was allowed; of less documents it is not. */
    public boolean tooLong() {
      return type.equals(TOO_LONG);
    }

    /** The same request may be answered later without anybody's doing. */
    boolean temporary() {
      return status == 0 || status == 408 || status == 429 || status >= 500;
    }

    /** An index that is being made has no shard yet, or one has just lost its last copy. */
    boolean withoutShards() {
      return status == 503
          && (type.equals("search_phase_execution_exception")
              || type.equals("no_shard_available_action_exception"));
    }

    /** Type and reason, short enough for a log line. */
    String text() {
      return text(type, reason);
    }

    /** The same of any refusal; without the value of a field or a line, which is a device's. */
    static String text(String type, String reason) {
      String known = OF_A_DEVICE.split(reason, 2)[0];
      String text = (known.isEmpty() ? type : type + ": " + known).replaceAll("\\s+", " ");
      return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }
  }

  private interface Call<T> {
    T run(ElasticsearchClient client) throws IOException;
  }

  private <T> T call(Call<T> call) throws Refused {
    return call(client, call);
  }

  /** The same for a reader, who waits no longer than that for an answer no larger than that. */
  private <T> T call(Lookup reading, Duration patience, int largest, Call<T> call) throws Refused {
    RestClient open = http;
    if (open == null) {
      throw notConfigured();
    }
    BoundedAnswer bounded = new BoundedAnswer(largest);
    RestClientOptions options =
        new RestClientOptions.Builder(ElasticsearchConnection.within(patience, bounded).toBuilder())
            .build();
    return call(
        new ElasticsearchClient(
            new LookupTransport(
                open, MAPPER, options, answer -> bounded.await(reading, answer, patience))),
        call);
  }

  private interface Reading<T> {
    T run() throws Refused;
  }

  /**
   * Reads again while an index of the range has no shard: in the first second of a day it has none.
   */
  private static <T> T withShards(Lookup lookup, Reading<T> reading) throws Refused {
    long end = System.nanoTime() + SHARDS.toNanos();
    while (true) {
      try {
        return reading.run();
      } catch (Refused refused) {
        if (!refused.withoutShards() || lookup.isOver() || System.nanoTime() - end > 0) {
          throw refused;
        }
      }
      try {
        Thread.sleep(ASK_AGAIN_MILLIS);
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
        throw noAnswer(new IOException("the server is being stopped", stopping));
      }
    }
  }

  private static <T> T call(@Nullable ElasticsearchClient open, Call<T> call) throws Refused {
    if (open == null) {
      throw notConfigured();
    }
    try {
      return call.run(open);
    } catch (ElasticsearchException answer) {
      ErrorCause error = answer.error();
      String type = error == null ? "unknown" : orUnknown(error.type());
      String reason = error == null || error.reason() == null ? "" : error.reason();
      throw new Refused(answer.status(), type, reason, answer);
    } catch (TransportException answer) {
      int status = answer.statusCode();
      throw new Refused(Math.max(status, 0), "http_" + status, answer);
    } catch (ResponseException answer) {
      throw refused(answer);
    } catch (IOException noAnswer) {
      throw noAnswer(noAnswer);
    }
  }

  private static Refused noAnswer(IOException failure) {
    if (failure instanceof ContentTooLongException) {
      return new Refused(0, Refused.TOO_LONG, failure);
    }
    // The client wraps what it does not know, such as a certificate for another name.
    Throwable told = failure.getCause() instanceof SSLException tls ? tls : failure;
    String reason =
        told instanceof SSLException
            ? "TLS failed (ELASTICSEARCH_CA_FILE, ELASTICSEARCH_CA_FINGERPRINT): "
                + told.getMessage()
            : "";
    return new Refused(0, told.getClass().getSimpleName(), reason, failure);
  }

  private static Refused notConfigured() {
    return new Refused(0, "not_configured", new IllegalStateException("no ELASTICSEARCH_URL"));
  }

  /**
   * Sends a request for which no type of the client's is needed.
   *
   * @param json the body; null for none
   * @return the answer's body
   */
  JsonNode ask(String method, String path, @Nullable String json) throws Refused {
    Request request = new Request(method, path);
    if (json != null) {
      request.setJsonEntity(json);
    }
    return answer(open -> open.performRequest(request));
  }

  /** Sends a search for which no type of the client's is needed, for a reader. */
  public JsonNode search(String path, String json, Lookup reading) throws Refused {
    Request request = new Request("POST", path);
    request.setJsonEntity(json);
    BoundedAnswer bounded = new BoundedAnswer(LARGEST);
    request.setOptions(ElasticsearchConnection.within(TIMEOUT, bounded));
    return answer(
        open -> bounded.await(reading, ElasticsearchConnection.send(open, request), TIMEOUT));
  }

  private interface Ask {
    Response of(RestClient open) throws IOException;
  }

  private JsonNode answer(Ask ask) throws Refused {
    RestClient open = http;
    if (open == null) {
      throw notConfigured();
    }
    try {
      HttpEntity entity = ask.of(open).getEntity();
      return entity == null
          ? MissingNode.getInstance()
          : LineJson.MAPPER.readTree(entity.getContent());
    } catch (ResponseException answer) {
      throw refused(answer);
    } catch (IOException noAnswer) {
      throw noAnswer(noAnswer);
    }
  }

  private static Refused refused(ResponseException answer) {
    int status = answer.getResponse().getStatusLine().getStatusCode();
    try {
      HttpEntity entity = answer.getResponse().getEntity();
      if (entity == null) {
        return new Refused(status, "http_" + status, answer);
      }
      // It was read into memory for the exception's message, and can be read again.
      JsonNode error = LineJson.MAPPER.readTree(entity.getContent()).path("error");
      String type = error.path("type").asText("http_" + status);
      return new Refused(status, type, reason(error), answer);
    } catch (IOException | UnsupportedOperationException notJson) {
      return new Refused(status, "http_" + status, answer);
    }
  }

  /** With that of its first cause, which is what is to be mended. */
  static String reason(JsonNode error) {
    JsonNode first = error;
    while (first.has("caused_by")) {
      first = first.path("caused_by");
    }
    String reason = error.path("reason").asText();
    return first == error ? reason : reason + ": " + first.path("reason").asText();
  }

  /**
   * What became of documents.
   *
   * @param outcomes in their order
   * @param once whether each was sent once; by several addresses, what one does not answer is sent
   *     to another
   */
  record Written(List<BulkOutcome> outcomes, boolean once) {}

  /** Creates each document in its index. */
  Written write(List<StoredDocument> documents) throws Refused {
    List<StoredDocument> streamed = documents.stream().filter(this::isStreamed).toList();
    if (streamed.isEmpty() || streamed.size() == documents.size()) {
      return create(documents, !streamed.isEmpty());
    }
    Written stream = create(streamed, true);
    Written others = create(documents.stream().filter(d -> !isStreamed(d)).toList(), false);
    Iterator<BulkOutcome> ofStream = stream.outcomes.iterator();
    Iterator<BulkOutcome> ofOthers = others.outcomes.iterator();
    return new Written(
        documents.stream().map(d -> (isStreamed(d) ? ofStream : ofOthers).next()).toList(),
        stream.once && others.once);
  }

  private boolean isStreamed(StoredDocument document) {
    return names.stream().filter(document.index()::equals).isPresent();
  }

  /**
   * @param stream whether they are refused where there is no data stream, and no template for one:
   *     it would be an index of that name
   */
  private Written create(List<StoredDocument> documents, boolean stream) throws Refused {
    BulkRequest.Builder bulk = new BulkRequest.Builder();
    for (StoredDocument document : documents) {
      BinaryData json = BinaryData.of(document.json(), ContentType.APPLICATION_JSON);
      bulk.operations(
          op -> op.create(c -> c.index(document.index()).id(document.id()).document(json)));
    }
    if (stream) {
      bulk.requireDataStream(true);
    }
    return bulk(bulk);
  }

  /** The same, in halves where it is too large for one request; what is so alone is refused. */
  public List<BulkOutcome> writeInParts(List<StoredDocument> documents) throws Refused {
    try {
      return write(documents).outcomes;
    } catch (Refused refused) {
      if (refused.status != 413) {
        throw refused;
      }
      int half = documents.size() / 2;
      if (half == 0) {
        return List.of(new BulkOutcome(refused.status, refused.type, refused.text()));
      }
      List<BulkOutcome> outcomes = new ArrayList<>(writeInParts(documents.subList(0, half)));
      outcomes.addAll(writeInParts(documents.subList(half, documents.size())));
      return outcomes;
    }
  }

  /** Deletes dead letters; the outcomes are in their order. */
  public List<BulkOutcome> removeLetters(List<DeadLetter> letters) throws Refused {
    return remove(letters.stream().map(l -> new Doubles.Place(l.index(), l.id())).toList());
  }

  /** Deletes documents, by the names of their indices; the outcomes are in the order of the ids. */
  List<BulkOutcome> remove(List<Doubles.Place> documents) throws Refused {
    BulkRequest.Builder bulk = new BulkRequest.Builder();
    documents.forEach(
        each -> bulk.operations(op -> op.delete(d -> d.index(each.index()).id(each.id()))));
    return bulk(bulk).outcomes;
  }

  private Written bulk(BulkRequest.Builder request) throws Refused {
    // It answers, with the reason, for an index without a shard before we have stopped waiting for
    // it.
    BulkRequest limited = request.timeout(wait -> wait.time(FOR_A_SHARD)).build();
    AtomicInteger tries = new AtomicInteger();
    RestClientOptions options = ElasticsearchConnection.counting(tries);
    BulkResponse answer = call(c -> c.withTransportOptions(options).bulk(limited));
    return new Written(
        answer.items().stream().map(SearchIndex::outcome).toList(), tries.get() == 1);
  }

  private static BulkOutcome outcome(BulkResponseItem item) {
    ErrorCause error = item.error();
    if (error != null) {
      return new BulkOutcome(item.status(), orUnknown(error.type()), orUnknown(error.reason()));
    }
    if ("noop".equals(item.result())) {
      return BulkOutcome.dropped(item.status());
    }
    return item.failureStore() == FailureStoreStatus.Used
        ? BulkOutcome.redirected(item.status())
        : BulkOutcome.taken(item.status());
  }

  private static String orUnknown(@Nullable String text) {
    return text == null ? "unknown" : text;
  }

  /** Makes everything written so far to these indices searchable. */
  public void refresh(Collection<String> indices) throws Refused {
    call(c -> c.indices().refresh(r -> r.index(List.copyOf(indices)).ignoreUnavailable(true)));
  }

  /**
   * Searches the log indices for a reader.
   *
   * @param patience an answer that takes longer is none
   * @param largest how many bytes it may have
   */
  public SearchResponse<ObjectNode> search(
      SearchRequest.Builder request, Lookup reading, Duration patience, int largest)
      throws Refused {
    SearchRequest built =
        request
            .index(patterns)
            .ignoreUnavailable(true)
            .allowNoIndices(true)
            .allowPartialSearchResults(false) // a hole would look like the end of the range
            .build();
    return withShards(
        reading, () -> call(reading, patience, largest, c -> c.search(built, ObjectNode.class)));
  }

  /** Searches the log indices several times in one request; the answers are in that order. */
  public List<MultiSearchItem<ObjectNode>> searchAll(List<SearchRequest> searches, Lookup reading)
      throws Refused {
    MsearchRequest.Builder all =
        new MsearchRequest.Builder().index(patterns).ignoreUnavailable(true).allowNoIndices(true);
    for (SearchRequest search : searches) {
      all.searches(
          one ->
              one.header(h -> h.allowPartialSearchResults(false))
                  .body(body -> within(body, search)));
    }
    MsearchRequest request = all.build();
    return withShards(reading, () -> items(request, reading));
  }

  private List<MultiSearchItem<ObjectNode>> items(MsearchRequest request, Lookup reading)
      throws Refused {
    MsearchResponse<ObjectNode> answer =
        call(reading, TIMEOUT, LARGEST, c -> c.msearch(request, ObjectNode.class));
    List<MultiSearchItem<ObjectNode>> items = new ArrayList<>();
    for (MultiSearchResponseItem<ObjectNode> item : answer.responses()) {
      if (item.isFailure()) {
        String type = orUnknown(item.failure().error().type());
        throw new Refused(item.failure().status(), type, new IllegalStateException(type));
      }
      items.add(item.result());
    }
    return items;
  }

  /** The same request as one of several. */
  private static MultisearchBody.Builder within(
      MultisearchBody.Builder body, SearchRequest request) {
    return body.query(request.query())
        .size(request.size())
        .trackTotalHits(request.trackTotalHits())
        .sort(request.sort())
        .source(request.source())
        .aggregations(request.aggregations());
  }

  @PreDestroy
  void close() {
    if (http != null) {
      try {
        http.close();
      } catch (IOException unclosed) {
        throw new UncheckedIOException(unclosed);
      }
    }
  }
}
