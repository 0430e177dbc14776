package org.fleetcast.logs;

import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import co.elastic.clients.elasticsearch.core.BulkRequest;
import co.elastic.clients.elasticsearch.core.BulkResponse;
import co.elastic.clients.elasticsearch.core.MsearchRequest;
import co.elastic.clients.elasticsearch.core.MsearchResponse;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.SearchResponse;
import co.elastic.clients.elasticsearch.core.msearch.MultiSearchItem;
import co.elastic.clients.elasticsearch.core.msearch.MultiSearchResponseItem;
import co.elastic.clients.elasticsearch.indices.PutIndexTemplateRequest;
import co.elastic.clients.json.jackson.JacksonJsonpMapper;
import co.elastic.clients.transport.TransportException;
import co.elastic.clients.transport.rest_client.RestClientTransport;
import co.elastic.clients.util.BinaryData;
import co.elastic.clients.util.ContentType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.elasticsearch.client.ResponseException;
import org.elasticsearch.client.RestClient;
import org.jspecify.annotations.Nullable;

/** Elasticsearch as we use it: its templates, writes in bulk, and searches. Absent when not set. */
@Singleton
public class SearchIndex {
  /** For how long an answer is waited for. */
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final @Nullable RestClient http;
  private final @Nullable ElasticsearchClient client;
  private final String pattern;

  @Inject
  public SearchIndex(
      @ConfigProperty(name = "elasticsearch.url") Optional<String> url,
      @ConfigProperty(name = "elasticsearch.username") Optional<String> username,
      @ConfigProperty(name = "elasticsearch.password") Optional<String> password,
      @ConfigProperty(name = "elasticsearch.index.pattern") String pattern) {
    this.pattern = pattern;
    this.http =
        url.map(u -> Nodes.connect(u, username.orElse(""), password.orElse(""), TIMEOUT))
            .orElse(null);
    this.client =
        http == null
            ? null
            : new ElasticsearchClient(
                new RestClientTransport(http, new JacksonJsonpMapper(LineJson.MAPPER)));
  }

  /** Whether there is an Elasticsearch at all. */
  boolean configured() {
    return client != null;
  }

  /** A whole request was refused, or did not arrive; 0 when there was no answer at all. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String type;

    Refused(int status, String type, Throwable cause) {
      super(type, cause);
      this.status = status;
      this.type = type;
    }

    int status() {
      return status;
    }

    String type() {
      return type;
    }
  }

  private interface Call<T> {
    T run(ElasticsearchClient client) throws IOException;
  }

  private <T> T call(Call<T> call) throws Refused {
    ElasticsearchClient open = client;
    if (open == null) {
      throw new Refused(0, "not_configured", new IllegalStateException("no ELASTICSEARCH_URL"));
    }
    try {
      return call.run(open);
    } catch (ElasticsearchException answer) {
      String type = answer.error() == null ? null : answer.error().type();
      throw new Refused(answer.status(), type == null ? "unknown" : type, answer);
    } catch (TransportException answer) {
      int status = answer.statusCode();
      throw new Refused(Math.max(status, 0), "http_" + status, answer);
    } catch (ResponseException answer) {
      int status = answer.getResponse().getStatusLine().getStatusCode();
      throw new Refused(status, "http_" + status, answer);
    } catch (IOException noAnswer) {
      throw new Refused(0, noAnswer.getClass().getSimpleName(), noAnswer);
    }
  }

  /** Installs the index templates; the same again does no harm. */
  void installTemplates() throws Refused {
    for (Entry.Kind kind : Entry.Kind.values()) {
      String name = kind == Entry.Kind.LINE ? "fleetcast-logs" : "fleetcast-dead-letter";
      call(c -> c.indices().putIndexTemplate(template(name)));
    }
  }

  private static PutIndexTemplateRequest template(String name) {
    try (InputStream json =
        SearchIndex.class.getResourceAsStream("/elasticsearch/" + name + ".json")) {
      if (json == null) {
        throw new IllegalStateException("The index template is missing: " + name);
      }
      return PutIndexTemplateRequest.of(t -> t.name(name).withJson(json));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Creates each entry in the index of its day; the outcomes are in the order of the entries. */
  List<Outcome> write(List<Entry> entries) throws Refused {
    BulkRequest.Builder bulk = new BulkRequest.Builder();
    for (Entry entry : entries) {
      BinaryData document = BinaryData.of(entry.json(), ContentType.APPLICATION_JSON);
      bulk.operations(
          op -> op.create(c -> c.index(entry.index()).id(entry.id()).document(document)));
    }
    BulkRequest request = bulk.build();
    BulkResponse answer = call(c -> c.bulk(request));
    return answer.items().stream()
        .map(
            item ->
                item.error() == null
                    ? new Outcome(item.status(), "none", "")
                    : new Outcome(
                        item.status(),
                        orUnknown(item.error().type()),
                        orUnknown(item.error().reason())))
        .toList();
  }

  private static String orUnknown(@Nullable String text) {
    return text == null ? "unknown" : text;
  }

  /** Makes everything written so far to these indices searchable. */
  void refresh(Collection<String> indices) throws Refused {
    call(c -> c.indices().refresh(r -> r.index(List.copyOf(indices)).ignoreUnavailable(true)));
  }

  /** Searches the log indices; an answer that takes longer than that is none. */
  SearchResponse<ObjectNode> search(SearchRequest.Builder request, Duration patience)
      throws Refused {
    SearchRequest built =
        request
            .index(List.of(pattern.split(",")))
            .ignoreUnavailable(true)
            .allowNoIndices(true)
            .build();
    return call(
        c -> c.withTransportOptions(Nodes.within(patience)).search(built, ObjectNode.class));
  }

  /** Searches the log indices several times in one request; the answers are in that order. */
  List<MultiSearchItem<ObjectNode>> searchAll(List<SearchRequest> searches, Duration patience)
      throws Refused {
    MsearchRequest.Builder all =
        new MsearchRequest.Builder()
            .index(List.of(pattern.split(",")))
            .ignoreUnavailable(true)
            .allowNoIndices(true);
    for (SearchRequest search : searches) {
      all.searches(one -> one.header(h -> h).body(body -> Search.within(body, search)));
    }
    MsearchResponse<ObjectNode> answer =
        call(
            c ->
                c.withTransportOptions(Nodes.within(patience))
                    .msearch(all.build(), ObjectNode.class));
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

  /** The names of all daily indices of that kind. */
  Set<String> indices(Entry.Kind kind) throws Refused {
    return call(
        c ->
            c.indices()
                .get(g -> g.index(kind.prefix() + "*").allowNoIndices(true))
                .result()
                .keySet());
  }

  /** Deletes an index; one that is gone already is fine. */
  void delete(String index) throws Refused {
    call(c -> c.indices().delete(d -> d.index(index).ignoreUnavailable(true)));
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
