package org.fleetcast;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.fleetcast.stack.Kustomize;
import org.junit.jupiter.api.Test;

class KubernetesSchemaTest {
  private final ObjectNode server =
      (ObjectNode) Kustomize.read(Path.of("src/main/kubernetes/base/fleetcast.yaml")).get(0);

  @Test
  void a_field_that_the_kind_does_not_have_is_told() {
    ((ObjectNode) server.at("/spec/template/spec/containers/0")).put("imagePullPolice", "Always");

    assertThatThrownBy(() -> KubernetesSchema.check(server))
        .hasMessageContaining("imagePullPolice");
  }

  @Test
  void a_field_that_is_required_and_lacks_is_told() {
    ((ObjectNode) server.at("/spec/template/spec/containers/0/ports/0")).remove("containerPort");
    ((ObjectNode) server.at("/metadata")).remove("name");

    assertThatThrownBy(() -> KubernetesSchema.check(server))
        .hasMessage("apps/v1 StatefulSet lacks metadata.name, ContainerPort.containerPort");
  }

  @Test
  void a_value_of_another_type_is_told() {
    ((ObjectNode) server.at("/spec")).put("replicas", "several");

    assertThatThrownBy(() -> KubernetesSchema.check(server)).hasMessageContaining("several");
  }

  @Test
  void a_kind_that_is_none_of_that_version_is_told() {
    server.put("apiVersion", "apps/v2");

    assertThatThrownBy(() -> KubernetesSchema.check(server))
        .hasMessage("There is no apps/v2 StatefulSet");
  }
}
