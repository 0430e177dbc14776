package org.fleetcast.logs;

import co.elastic.clients.transport.rest_client.RestClientOptions;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.http.HttpHost;
import org.apache.http.auth.AuthScope;
import org.apache.http.auth.UsernamePasswordCredentials;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.impl.client.BasicCredentialsProvider;
import org.elasticsearch.client.RequestOptions;
import org.elasticsearch.client.RestClient;
import org.elasticsearch.client.RestClientBuilder;
import org.fleetcast.problem.Setting;

/** How Elasticsearch's nodes are reached. */
final class Nodes {
  private static final String URL_SENTENCE =
      "ELASTICSEARCH_URL must be http:// or https:// addresses, comma separated";

  private Nodes() {}

  /**
   * Connects to addresses, comma separated.
   *
   * @param timeout for how long an answer is waited for
   * @throws IllegalStateException when one is no address
   */
  static RestClient connect(String urls, String username, String password, Duration timeout) {
    HttpHost[] hosts =
        Arrays.stream(urls.split(",")).map(String::strip).map(Nodes::host).toArray(HttpHost[]::new);
    RestClientBuilder builder =
        RestClient.builder(hosts)
            .setRequestConfigCallback(
                config ->
                    config
                        .setConnectTimeout((int) timeout.toMillis() / 2)
                        .setSocketTimeout((int) timeout.toMillis()));
    if (!username.isEmpty()) {
      BasicCredentialsProvider login = new BasicCredentialsProvider();
      login.setCredentials(AuthScope.ANY, new UsernamePasswordCredentials(username, password));
      builder.setHttpClientConfigCallback(c -> c.setDefaultCredentialsProvider(login));
    }
    return builder.build();
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

  /** The options of a request that waits no longer than that. */
  static RestClientOptions within(Duration patience) {
    int millis = (int) patience.toMillis();
    RequestConfig limits =
        RequestConfig.custom()
            .setConnectTimeout(millis / 2)
            .setConnectionRequestTimeout(millis)
            .setSocketTimeout(millis)
            .build();
    return new RestClientOptions.Builder(
            RequestOptions.DEFAULT.toBuilder().setRequestConfig(limits))
        .build();
  }
}
