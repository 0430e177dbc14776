package org.fleetcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Application;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.fleetcast.OpenApiDocument.Operation;
import org.fleetcast.problem.ProblemCode;
import org.junit.jupiter.api.Test;

/** The OpenAPI document is valid, and says of each endpoint what its resource says. */
class OpenApiDocumentTest {
  static final Path FILE = Path.of("src/main/resources/META-INF/openapi.yaml");

  private final OpenApiDocument document = new OpenApiDocument(SchemaDocument.ofYaml(FILE));
  private final Map<String, Endpoint> endpoints = endpoints();

  /** What a resource says of one method of one path. */
  private record Endpoint(Set<String> parameters, Set<String> callers, boolean hasBody) {
    Endpoint and(Endpoint other) {
      Set<String> both = new TreeSet<>(parameters);
      both.addAll(other.parameters);
      return new Endpoint(both, callers, hasBody || other.hasBody);
    }
  }

  @Test
  void the_document_is_valid() throws IOException {
    ParseOptions alone = new ParseOptions();
    alone.setResolve(true);

    assertThat(
            new OpenAPIV3Parser().readContents(Files.readString(FILE), null, alone).getMessages())
        .isEmpty();
  }

  @Test
  void the_document_has_every_endpoint_and_no_other() {
    assertThat(document.operations())
        .extracting(Operation::name)
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(endpoints.keySet());
  }

  @Test
  void every_operation_has_the_parameters_callers_and_body_of_its_resource() {
    Map<String, Endpoint> documented = new TreeMap<>();
    for (Operation operation : document.operations()) {
      documented.put(
          operation.name(),
          new Endpoint(
              document.parameters(operation), operation.alternatives(), operation.hasBody()));
    }

    assertThat(documented).containsExactlyEntriesOf(endpoints);
  }

  @Test
  void every_operation_has_a_name_of_its_own_a_summary_and_a_known_tag() {
    List<String> tags = new ArrayList<>();
    document.schemas().root().path("tags").forEach(tag -> tags.add(tag.path("name").asText()));

    assertThat(document.operations())
        .allSatisfy(
            operation -> {
              assertThat(operation.node().path("summary").asText()).isNotEmpty();
              assertThat(tags).contains(operation.node().path("tags").path(0).asText());
            })
        .extracting(operation -> operation.node().path("operationId").asText())
        .doesNotContain("")
        .doesNotHaveDuplicates();
  }

  @Test
  void every_operation_says_how_it_can_be_refused() {
    for (Operation operation : document.operations()) {
      Set<String> expected = new TreeSet<>(Set.of("500", "503", "default"));
      if (!operation.roles().isEmpty()) {
        expected.addAll(Set.of("401", "403"));
      }
      if (operation.hasBody()) {
        expected.addAll(Set.of("400", "413", "429"));
      }
      if (operation.path().contains("{")) {
        expected.add("404");
      }

      assertThat(operation.responses().properties())
          .as(operation.name())
          .extracting(Map.Entry::getKey)
          .containsAll(expected);
    }
  }

  @Test
  void the_document_has_every_error_code_and_no_other() {
    assertThat(document.schemas().schema("ProblemCode").path("enum"))
        .extracting(JsonNode::asText)
        .containsExactly(
            Arrays.stream(ProblemCode.values()).map(ProblemCode::name).toArray(String[]::new));
  }

  @Test
  void every_example_fits_its_schema() {
    List<String> faults = new ArrayList<>();
    examples("", document.schemas().root(), faults);

    assertThat(faults).isEmpty();
  }

  private void examples(String place, JsonNode node, List<String> faults) {
    boolean text = node.path("example").isTextual();
    if (node.has("example") && node.has("schema") && !text) {
      document
          .schemas()
          .faults(node.path("schema"), node.path("example"))
          .forEach(fault -> faults.add(place + ": " + fault));
    }
    if (node.isObject()) {
      node.properties()
          .forEach(field -> examples(place + "/" + field.getKey(), field.getValue(), faults));
    }
  }

  private static Map<String, Endpoint> endpoints() {
    Map<String, Endpoint> endpoints = new TreeMap<>();
    for (Application application : List.of(new ApiApplication(), new InternalApplication())) {
      String base = application.getClass().getAnnotation(ApplicationPath.class).value();
      for (Class<?> resource : application.getClasses()) {
        for (Method method : resource.getDeclaredMethods()) {
          httpMethod(method)
              .forEach(
                  name ->
                      endpoints.merge(
                          name + " " + path(base, resource, method),
                          endpoint(base, resource, method),
                          Endpoint::and));
        }
      }
    }
    return endpoints;
  }

  private static Stream<String> httpMethod(Method method) {
    return Arrays.stream(method.getAnnotations())
        .map(Annotation::annotationType)
        .flatMap(type -> Stream.ofNullable(type.getAnnotation(HttpMethod.class)))
        .map(HttpMethod::value);
  }

  private static String path(String base, Class<?> resource, Method method) {
    StringBuilder path = new StringBuilder(base);
    for (AnnotatedElement part : List.of(resource, method)) {
      jakarta.ws.rs.Path more = part.getAnnotation(jakarta.ws.rs.Path.class);
      path.append('/').append(more == null ? "" : more.value());
    }
    return path.toString().replaceAll("/+", "/").replaceAll("/$", "");
  }

  private static Endpoint endpoint(String base, Class<?> resource, Method method) {
    RolesAllowed roles = method.getAnnotation(RolesAllowed.class);
    boolean onClass = roles == null && method.getAnnotations().length > 0 && !isOpen(method);
    RolesAllowed all = onClass ? resource.getAnnotation(RolesAllowed.class) : roles;
    Consumes consumes = method.getAnnotation(Consumes.class);
    Set<String> parameters = new TreeSet<>();
    for (Parameter parameter : method.getParameters()) {
      named(parameter, parameters);
      if (parameter.isAnnotationPresent(BeanParam.class)) {
        for (Class<?> of = parameter.getType(); of != Object.class; of = of.getSuperclass()) {
          Arrays.stream(of.getDeclaredFields()).forEach(field -> named(field, parameters));
        }
      }
    }
    return new Endpoint(
        parameters,
        all == null ? open(base) : let(all.value()),
        consumes != null && !List.of(consumes.value()).contains(MediaType.WILDCARD));
  }

  /** What is internal asks for its own token, or for a caller on the same machine. */
  private static Set<String> open(String base) {
    return base.startsWith("/internal") ? Set.of("internalToken []", "") : Set.of();
  }

  private static Set<String> let(String... roles) {
    String all = Arrays.stream(roles).map(role -> '"' + role + '"').toList().toString();
    String header = all.equals("[\"device\"]") ? "deviceBearer " : "bearer ";
    return new TreeSet<>(Set.of("accessCookie " + all, header + all));
  }

  private static boolean isOpen(Method method) {
    return method.isAnnotationPresent(jakarta.annotation.security.PermitAll.class);
  }

  private static void named(AnnotatedElement element, Set<String> parameters) {
    PathParam path = element.getAnnotation(PathParam.class);
    QueryParam query = element.getAnnotation(QueryParam.class);
    HeaderParam header = element.getAnnotation(HeaderParam.class);
    if (path != null) {
      parameters.add("path " + path.value());
    }
    if (query != null) {
      parameters.add("query " + query.value());
    }
    if (header != null) {
      parameters.add("header " + header.value());
    }
  }
}
