package org.fleetcast.archive;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.http.Header;
import org.apache.http.HttpHeaders;
import org.apache.http.HttpHost;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.message.BasicHeader;
import org.elasticsearch.client.Cancellable;
import org.elasticsearch.client.Request;
import org.elasticsearch.client.RequestOptions;
import org.elasticsearch.client.Response;
import org.elasticsearch.client.ResponseListener;
import org.elasticsearch.client.RestClient;
import org.elasticsearch.client.RestClientBuilder;
import org.fleetcast.problem.Setting;

/** How Elasticsearch's nodes are reached. */
final class ElasticsearchConnection {
  private static final String URL_SENTENCE =
      "ELASTICSEARCH_URL must be http:// or https:// addresses, comma separated";

  /** Readers never take the last ones: the archive and whatever else is asked goes on beside. */
  private static final int CONNECTIONS = SearchIndex.READERS + 8;

  private ElasticsearchConnection() {}

  /**
   * Connects to addresses, comma separated. One that does not answer is passed over for a while.
   *
   * @param timeout for how long an answer is waited for
   * @throws IllegalStateException when one is no address
   */
  static RestClient connect(String urls, ElasticsearchAccess access, Duration timeout) {
    HttpHost[] hosts =
        Arrays.stream(urls.split(","))
            .map(String::strip)
            .map(ElasticsearchConnection::host)
            .toArray(HttpHost[]::new);
    RestClientBuilder builder =
        RestClient.builder(hosts)
            .setRequestConfigCallback(
                config ->
                    config
                        .setConnectTimeout((int) timeout.toMillis() / 2)
                        .setSocketTimeout((int) timeout.toMillis()));
    access
        .authorization()
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

  private static HttpHost host(String url) {
    try {
      URI uri = URI.create(url);
      if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
        int port = uri.getPort() < 0 ? 9200 : uri.getPort();
        return new HttpHost(uri.getHost(), port, uri.getScheme());
      }
    } catch (IllegalArgumentException malformed) {
      throw Setting.bad(URL_SENTENCE); // without the cause, which quotes what may hold a password
    }
    throw Setting.bad(URL_SENTENCE);
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
