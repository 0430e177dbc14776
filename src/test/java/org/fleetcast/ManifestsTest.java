package org.fleetcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fleetcast.stack.Kustomize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What we ship for Kubernetes, for compose and as an image is what those understand. */
class ManifestsTest {
  private static final Path FOLDER = Path.of("src/main/kubernetes");
  private static final Path COMPOSE = Path.of("src/main/compose");

  /** Of a replica, beside its pools: see CLUSTER_DATABASE_URL in configuration.md. */
  private static final int CONNECTIONS_OF_THE_CLUSTER = 5;

  /** A registry, then a name, then a version that is more than a major one. */
  private static final Pattern PINNED =
      Pattern.compile("[a-z0-9.-]+\\.[a-z]+/[a-z0-9/_-]+:[0-9]+\\.[0-9]+[a-z0-9._-]*");

  private static final Pattern SET = Pattern.compile("^([A-Za-z_]+)=", Pattern.MULTILINE);
  private static final Pattern IMAGE = Pattern.compile("image: (\\S+)");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "base/fleetcast.yaml",
        "base/services.yaml",
        "base/rotation-job.yaml",
        "base/network-policy.yaml",
        "base/disruption-budget.yaml",
        "components/nginx/ingress.yaml",
        "components/gateway/route.yaml",
        "components/monitoring/service-monitor.yaml",
        "components/mosquitto/mosquitto.yaml",
        "overlays/operator/application.yaml",
        "overlays/autoscaled/autoscaler.yaml",
        "secret.yaml.template"
      })
  void each_manifest_fits_the_schema_of_its_kind(String file) {
    List<JsonNode> resources = Kustomize.read(FOLDER.resolve(file));

    assertThat(resources).isNotEmpty().allSatisfy(KubernetesSchema::check);
  }

  @ParameterizedTest
  @ValueSource(strings = {"single", "replicas", "autoscaled"})
  void each_overlay_is_whole(String name) {
    assumeTrue(Kustomize.isInstalled(), "kubectl is not installed");
    List<JsonNode> resources = Kustomize.build(FOLDER.resolve("overlays").resolve(name));

    assertThat(resources).hasSizeGreaterThan(10).allSatisfy(KubernetesSchema::check);
    JsonNode pod = only(resources, "StatefulSet").at("/spec/template/spec");
    Set<String> places = names(pod.path("volumes"));
    places.addAll(volumeClaims(only(resources, "StatefulSet")));
    assertThat(places).containsAll(names(pod.at("/containers/0/volumeMounts")));
    assertThat(pod.at("/containers/0/envFrom/0/configMapRef/name").asText())
        .isIn(ofKind(resources, "ConfigMap").map(Kustomize::name).toList());
  }

  @Test
  void the_number_of_replicas_is_its_own_where_streams_say_it() throws IOException {
    assumeTrue(Kustomize.isInstalled(), "kubectl is not installed");
    List<JsonNode> resources = Kustomize.build(FOLDER.resolve("overlays/autoscaled"));
    JsonNode scaler = only(resources, "HorizontalPodAutoscaler").path("spec");
    JsonNode pods = only(resources, "StatefulSet");

    assertThat(pods.path("spec").has("replicas")).isFalse();
    assertThat(scaler.at("/scaleTargetRef/kind").asText()).isEqualTo(pods.path("kind").asText());
    assertThat(scaler.at("/scaleTargetRef/name").asText()).isEqualTo(Kustomize.name(pods));
    assertThat(ofKind(resources, "ServiceMonitor")).hasSize(1);
    assertThat(Files.readString(Path.of("src/site/markdown/operations.md")))
        .contains("`" + scaler.at("/metrics/0/pods/metric/name").asText() + "`");
  }

  /** PostgreSQL refuses them beyond that, and then no replica can be added when it is needed. */
  @Test
  void as_many_replicas_as_there_may_be_are_told_how_many_connections_they_need()
      throws IOException {
    String scaler = Files.readString(FOLDER.resolve("overlays/autoscaled/autoscaler.yaml"));
    int pooled = numbers("maxPoolSize=\"(\\d+)\"", Files.readString(Path.of("server.xml"))).sum();
    int each = pooled + CONNECTIONS_OF_THE_CLUSTER;

    assertThat(numbers("has up to (\\d+) connections", scaler)).containsExactly(each);
    int most = numbers("maxReplicas: (\\d+)", scaler).sum();
    assertThat(numbers("max_connections = (\\d+)", scaler).sum()).isGreaterThan(most * each);
  }

  private static IntStream numbers(String pattern, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .mapToInt(found -> Integer.parseInt(found.group(1)));
  }

  @Test
  void the_variant_for_the_operator_is_the_same_pod_without_what_the_operator_makes() {
    JsonNode pod =
        Kustomize.read(FOLDER.resolve("base/fleetcast.yaml")).get(0).at("/spec/template/spec");
    JsonNode container = pod.at("/containers/0");
    JsonNode variant =
        Kustomize.read(FOLDER.resolve("overlays/operator/application.yaml")).get(0).path("spec");

    for (String same : List.of("envFrom", "resources")) {
      assertThat(variant.path(same)).as(same).isEqualTo(container.path(same));
    }
    for (String probe : List.of("startup", "readiness", "liveness")) {
      String named = variant.at("/probes/" + probe).toString().replace("9080", "\"http\"");
      assertThat(named).as(probe).isEqualTo(container.path(probe + "Probe").toString());
    }
    ObjectNode context = pod.path("securityContext").deepCopy();
    context.setAll((ObjectNode) container.path("securityContext"));
    context.remove("fsGroup");
    assertThat(variant.path("securityContext")).isEqualTo(context);
    assertThat(Kustomize.list(variant.path("volumeMounts")))
        .containsExactlyElementsOf(
            Kustomize.list(container.path("volumeMounts")).stream()
                .filter(mount -> !mount.path("name").asText().equals("data"))
                .toList());
    assertThat(variant.path("volumes")).isEqualTo(pod.path("volumes"));
  }

  @Test
  void the_overlay_for_the_operator_leaves_to_it_what_it_makes() {
    assumeTrue(Kustomize.isInstalled(), "kubectl is not installed");
    List<JsonNode> resources = Kustomize.build(FOLDER.resolve("overlays/operator"));

    assertThat(resources).hasSizeGreaterThan(10).allSatisfy(KubernetesSchema::check);
    assertThat(ofKind(resources, "StatefulSet")).isEmpty();
    assertThat(ofKind(resources, "Service").map(Kustomize::name))
        .contains("fleetcast-internal")
        .doesNotContain("fleetcast");
    JsonNode application = only(resources, "OpenLibertyApplication").path("spec");
    assertThat(application.path("applicationImage").asText()).isEqualTo("fleetcast:latest");
    assertThat(application.at("/envFrom/0/configMapRef/name").asText())
        .isIn(ofKind(resources, "ConfigMap").map(Kustomize::name).toList());
  }

  @Test
  void what_comes_from_outside_reaches_what_browsers_and_devices_need_and_nothing_else() {
    JsonNode rule =
        Kustomize.read(FOLDER.resolve("components/nginx/ingress.yaml")).get(0).at("/spec/rules/0");
    Set<String> ingress = new TreeSet<>();
    rule.at("/http/paths")
        .forEach(path -> ingress.add(path.get("pathType").asText() + path.get("path").asText()));
    Set<String> route = new TreeSet<>();
    Kustomize.read(FOLDER.resolve("components/gateway/route.yaml"))
        .get(0)
        .at("/spec/rules/0/matches")
        .forEach(
            match ->
                route.add(
                    match.at("/path/type").asText().replace("PathPrefix", "Prefix")
                        + match.at("/path/value").asText()));

    assertThat(ingress)
        .isEqualTo(route)
        .containsExactly(
            "Exact/",
            "Exact/favicon.svg",
            "Exact/fleetcast-client.js",
            "Exact/index.html",
            "Exact/openapi",
            "Prefix/api",
            "Prefix/client",
            "Prefix/v");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kubernetes/base/fleetcast.env",
        "kubernetes/secret.yaml.template",
        "compose/fleetcast.env.template"
      })
  void each_variable_that_is_set_is_a_setting(String file) throws IOException {
    String settings = Files.readString(Path.of("src/site/markdown/configuration.md"));
    String text =
        Files.readString(Path.of("src/main").resolve(file))
            .replaceAll("(?m)^  ([A-Za-z_]+): \"\"$", "$1=");

    assertThat(SET.matcher(text).results().map(found -> found.group(1)))
        .isNotEmpty()
        .allMatch(name -> settings.contains("`" + name + "`"));
  }

  @Test
  void each_image_of_others_has_its_registry_and_its_version() throws IOException {
    String all =
        Files.readString(COMPOSE.resolve("compose.yaml"))
            + Files.readString(FOLDER.resolve("components/mosquitto/mosquitto.yaml"));

    assertThat(IMAGE.matcher(all).results().map(found -> found.group(1)))
        .filteredOn(image -> !image.equals("fleetcast"))
        .hasSize(4)
        .allMatch(image -> PINNED.matcher(image).matches());
  }

  @Test
  void the_base_of_the_image_has_its_registry_and_its_version() throws IOException {
    String text = Files.readString(Path.of("Containerfile"));
    MatchResult base =
        Pattern.compile("^ARG BASE=(.+)$", Pattern.MULTILINE)
            .matcher(text)
            .results()
            .findFirst()
            .orElseThrow();

    assertThat(base.group(1)).matches(PINNED);
    assertThat(text.lines().filter(line -> line.startsWith("FROM ")))
        .hasSize(2)
        .allMatch(line -> line.startsWith("FROM ${BASE}"));
  }

  @Test
  void what_the_compose_file_mounts_is_there_or_to_be_made_as_documented() throws IOException {
    JsonNode services =
        SchemaDocument.ofYaml(COMPOSE.resolve("compose.yaml")).root().path("services");
    String document = Files.readString(Path.of("src/site/markdown/installation.md"));

    for (JsonNode service : services) {
      for (JsonNode volume : service.path("volumes")) {
        String source = volume.asText().split(":", 2)[0];
        assertThat(
                !source.startsWith(".")
                    || Files.exists(COMPOSE.resolve(source))
                    || document.contains("`" + source.substring(2)))
            .as(source)
            .isTrue();
      }
    }
  }

  private static JsonNode only(List<JsonNode> resources, String kind) {
    List<JsonNode> found = ofKind(resources, kind).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static Stream<JsonNode> ofKind(List<JsonNode> resources, String kind) {
    return resources.stream().filter(resource -> resource.path("kind").asText().equals(kind));
  }

  private static Set<String> names(JsonNode list) {
    return Kustomize.list(list).stream()
        .map(each -> each.path("name").asText())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> volumeClaims(JsonNode server) {
    return Kustomize.list(server.at("/spec/volumeClaimTemplates")).stream()
        .map(Kustomize::name)
        .collect(Collectors.toSet());
  }
}
