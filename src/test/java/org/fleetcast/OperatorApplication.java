package org.fleetcast;

import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An {@code apps.openliberty.io/v1 OpenLibertyApplication}, as far as we use its fields: Maven's
 * repository has no class of it, so they stand here as the operator documents them.
 */
record OperatorApplication(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {
  record Spec(
      String applicationImage,
      @Nullable String pullPolicy,
      @Nullable Integer replicas,
      @Nullable Boolean manageTLS,
      @Nullable Boolean manageLTPA,
      @Nullable Boolean expose,
      @Nullable ServiceAccount serviceAccount,
      @Nullable Service service,
      @Nullable NetworkPolicy networkPolicy,
      @Nullable StatefulSet statefulSet,
      @Nullable Probes probes,
      @Nullable List<EnvVar> env,
      @Nullable List<EnvFromSource> envFrom,
      @Nullable List<Volume> volumes,
      @Nullable List<VolumeMount> volumeMounts,
      @Nullable SecurityContext securityContext,
      @Nullable ResourceRequirements resources) {}

  record ServiceAccount(@Nullable Boolean mountToken, @Nullable String name) {}

  record Service(
      @Nullable String type,
      @Nullable Integer port,
      @Nullable Integer targetPort,
      @Nullable String portName) {}

  record NetworkPolicy(@Nullable Boolean disable) {}

  record StatefulSet(@Nullable Storage storage) {}

  record Storage(@Nullable String size, @Nullable String className, @Nullable String mountPath) {}

  record Probes(@Nullable Probe startup, @Nullable Probe readiness, @Nullable Probe liveness) {}

  /** The parts of it that are Kubernetes' own. */
  List<Object> parts() {
    return Stream.<@Nullable Object>of(
            spec.env(),
            spec.envFrom(),
            spec.volumes(),
            spec.volumeMounts(),
            spec.securityContext(),
            spec.resources(),
            spec.probes() == null ? null : spec.probes().startup(),
            spec.probes() == null ? null : spec.probes().readiness(),
            spec.probes() == null ? null : spec.probes().liveness())
        .flatMap(Stream::ofNullable)
        .toList();
  }
}
