package org.fleetcast.archive;

import co.elastic.clients.transport.rest_client.RestClientOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.http.Header;
import org.apache.http.HttpHeaders;
import org.apache.http.HttpHost;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.message.BasicHeader;
import org.elasticsearch.client.Cancellable;
import org.elasticsearch.client.HttpAsyncResponseConsumerFactory;
import org.elasticsearch.client.Request;
import org.elasticsearch.client.RequestOptions;
import org.elasticsearch.client.Response;
import org.elasticsearch.client.ResponseListener;
import org.elasticsearch.client.RestClient;
import org.elasticsearch.client.RestClientBuilder;

/** How Elasticsearch's nodes are reached. */
final class ElasticsearchConnection {
  /** Readers never take the last ones: the archive and whatever else is asked goes on beside. */
  private static final int CONNECTIONS = SearchIndex.READERS + 8;

  private ElasticsearchConnection() {}

  /**
   * Connects to addresses, comma separated. One that does not answer is passed over for a while.
   *
   * @param timeout for how long an answer is waited for
   * @throws IllegalStateException when one is no address, or there are two logins
   */
  static RestClient connect(String urls, ElasticsearchAccess access, Duration timeout) {
    ElasticsearchAddresses addresses = ElasticsearchAddresses.of(urls);
    HttpHost[] hosts = addresses.hosts().toArray(HttpHost[]::new);
    RestClientBuilder builder =
        RestClient.builder(hosts)
            .setRequestConfigCallback(
                config ->
                    config
                        .setConnectTimeout((int) timeout.toMillis() / 2)
                        .setSocketTimeout((int) timeout.toMillis()));
    if (!addresses.path().isEmpty()) {
      builder.setPathPrefix(addresses.path());
    }
    access
        .authorization(addresses.login())
        .ifPresent(
            login ->
                builder.setDefaultHeaders(
                    new Header[] {new BasicHeader(HttpHeaders.AUTHORIZATION, login)}));
    return builder
        .setHttpClientConfigCallback(
            http ->
                http.setSSLContext(access.tls())
                    .setMaxConnPerRoute(CONNECTIONS)
                    .setMaxConnTotal(CONNECTIONS * hosts.length))
        .build();
  }

  /** The options of a request that waits no longer than that for that answer. */
  static RequestOptions within(Duration patience, BoundedAnswer answer) {
    int millis = (int) patience.toMillis();
    RequestConfig limits =
        RequestConfig.custom()
            .setConnectTimeout(millis / 2)
            .setConnectionRequestTimeout(millis)
            .setSocketTimeout(millis)
            .build();
    return RequestOptions.DEFAULT.toBuilder()
        .setRequestConfig(limits)
        .setHttpAsyncResponseConsumerFactory(answer)
        .build();
  }

  /**
   * The options of a request whose tries are counted: a node that does not answer is passed over.
   */
  static RestClientOptions counting(AtomicInteger tries) {
    HttpAsyncResponseConsumerFactory whole = HttpAsyncResponseConsumerFactory.DEFAULT;
    RequestOptions counted =
        RequestOptions.DEFAULT.toBuilder()
            .setHttpAsyncResponseConsumerFactory(
                () -> {
                  tries.incrementAndGet();
                  return whole.createHttpAsyncResponseConsumer();
                })
            .build();
    return new RestClientOptions.Builder(counted.toBuilder()).build();
  }

  /** Sends a request; to cancel what is answered closes its connection. */
  static CompletableFuture<Response> send(RestClient http, Request request) {
    CompletableFuture<Response> answer = new CompletableFuture<>();
    Cancellable sent =
        http.performRequestAsync(
            request,
            new ResponseListener() {
              @Override
              public void onSuccess(Response response) {
                answer.complete(response);
              }

              @Override
              public void onFailure(Exception failure) {
                answer.completeExceptionally(failure);
              }
            });
    CompletableFuture<Response> unused =
        answer.whenComplete(
            (response, failure) -> {
              if (answer.isCancelled()) {
                sent.cancel();
              }
            });
    return answer;
  }
}
