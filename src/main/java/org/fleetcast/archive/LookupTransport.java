package org.fleetcast.archive;

import co.elastic.clients.json.JsonpMapper;
import co.elastic.clients.transport.ElasticsearchTransportBase;
import co.elastic.clients.transport.TransportOptions;
import co.elastic.clients.transport.http.TransportHttpClient;
import co.elastic.clients.transport.instrumentation.NoopInstrumentation;
import co.elastic.clients.transport.rest_client.RestClientHttpClient;
import co.elastic.clients.transport.rest_client.RestClientOptions;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.elasticsearch.client.RestClient;
import org.jspecify.annotations.Nullable;

/**
 * How one reader's requests reach Elasticsearch: as long as the reader waits. The client's own way
 * has no end but a silence of the network, and cannot be cancelled.
 */
final class LookupTransport extends ElasticsearchTransportBase {
  LookupTransport(RestClient http, JsonpMapper mapper, RestClientOptions options, Waiting waiting) {
    super(
        new Http(new RestClientHttpClient(http), waiting),
        options,
        mapper,
        NoopInstrumentation.INSTANCE);
  }

  /** How the reader waits for an answer. */
  interface Waiting {
    TransportHttpClient.Response await(CompletableFuture<TransportHttpClient.Response> answer)
        throws IOException;
  }

  private record Http(RestClientHttpClient http, Waiting waiting) implements TransportHttpClient {
    @Override
    public TransportOptions createOptions(@Nullable TransportOptions options) {
      return http.createOptions(options);
    }

    @Override
    public Response performRequest(
        String endpointId, @Nullable Node node, Request request, TransportOptions options)
        throws IOException {
      return waiting.await(performRequestAsync(endpointId, node, request, options));
    }

    @Override
    public CompletableFuture<Response> performRequestAsync(
        String endpointId, @Nullable Node node, Request request, TransportOptions options) {
      return http.performRequestAsync(endpointId, node, request, options);
    }

    @Override
    public void close() throws IOException {
      http.close();
    }
  }
}
