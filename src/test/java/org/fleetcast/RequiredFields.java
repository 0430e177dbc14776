package org.fleetcast;

import io.fabric8.kubernetes.api.model.ConfigMapEnvSource;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SecretEnvSource;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.DeploymentSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.IngressServiceBackend;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicySpec;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which fields a resource lacks that the reference of its API calls required. The classes that are
 * made of that API do not say it, so it stands here, for the objects that our manifests have.
 */
final class RequiredFields {
  private static final String API = "io.fabric8.";

  private static final Map<Class<?>, List<String>> REQUIRED =
      Map.ofEntries(
          Map.entry(ConfigMapEnvSource.class, List.of("name")),
          Map.entry(SecretEnvSource.class, List.of("name")),
          Map.entry(SecretKeySelector.class, List.of("key", "name")),
          Map.entry(Container.class, List.of("name", "image")),
          Map.entry(ContainerPort.class, List.of("containerPort")),
          Map.entry(EnvVar.class, List.of("name")),
          Map.entry(HTTPGetAction.class, List.of("port")),
          Map.entry(TCPSocketAction.class, List.of("port")),
          Map.entry(KeyToPath.class, List.of("key", "path")),
          Map.entry(LabelSelectorRequirement.class, List.of("key", "operator")),
          Map.entry(PodSpec.class, List.of("containers")),
          Map.entry(SeccompProfile.class, List.of("type")),
          Map.entry(ServicePort.class, List.of("port")),
          Map.entry(Volume.class, List.of("name")),
          Map.entry(VolumeMount.class, List.of("name", "mountPath")),
          Map.entry(DeploymentSpec.class, List.of("selector", "template")),
          Map.entry(StatefulSetSpec.class, List.of("selector", "serviceName", "template")),
          Map.entry(HorizontalPodAutoscalerSpec.class, List.of("maxReplicas", "scaleTargetRef")),
          Map.entry(CronJobSpec.class, List.of("schedule", "jobTemplate")),
          Map.entry(JobSpec.class, List.of("template")),
          Map.entry(HTTPIngressPath.class, List.of("pathType", "backend")),
          Map.entry(IngressServiceBackend.class, List.of("name", "port")),
          Map.entry(NetworkPolicySpec.class, List.of("podSelector")));

  private RequiredFields() {}

  /** As {@code Container.name}; none when the resource is whole. */
  static List<String> lacking(Object resource) {
    List<String> lacking = new ArrayList<>();
    if (resource instanceof HasMetadata named && named.getMetadata() == null
        || resource instanceof HasMetadata known
            && known.getMetadata() != null
            && known.getMetadata().getName() == null) {
      lacking.add("metadata.name");
    }
    look(resource, lacking);
    return lacking;
  }

  private static void look(@Nullable Object part, List<String> lacking) {
    if (part instanceof Collection<?> list) {
      list.forEach(each -> look(each, lacking));
    } else if (part instanceof Map<?, ?> map) {
      map.values().forEach(each -> look(each, lacking));
    } else if (part != null && part.getClass().getName().startsWith(API)) {
      lookAt(part, lacking);
    }
  }

  private static void lookAt(Object part, List<String> lacking) {
    for (String field : REQUIRED.getOrDefault(part.getClass(), List.of())) {
      Object value = value(part, getter(field));
      if (value == null || value instanceof Collection<?> list && list.isEmpty()) {
        lacking.add(part.getClass().getSimpleName() + "." + field);
      }
    }
    Arrays.stream(part.getClass().getMethods())
        .filter(method -> method.getName().startsWith("get") && method.getParameterCount() == 0)
        .filter(method -> method.getDeclaringClass().getName().startsWith(API))
        .forEach(method -> look(value(part, method.getName()), lacking));
  }

  private static String getter(String field) {
    return "get" + field.substring(0, 1).toUpperCase(Locale.ROOT) + field.substring(1);
  }

  private static @Nullable Object value(Object part, String getter) {
    try {
      Method method = part.getClass().getMethod(getter);
      return method.invoke(part);
    } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException none) {
      throw new IllegalArgumentException(part.getClass() + " has no " + getter, none);
    }
  }
}
