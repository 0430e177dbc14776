package org.fleetcast.problem;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The one error body: {@code {"error","code","details","correlationId"}}. */
public final class ProblemBody {
  private ProblemBody() {}

  /** The body as JSON. */
  public static JsonObject json(Problem problem, String correlationId) {
    return Json.createObjectBuilder()
        .add("error", problem.sentence())
        .add("code", problem.code().name())
        .add("details", details(problem.details()))
        .add("correlationId", correlationId)
        .build();
  }

  /** The headers of its answer, whatever form that has. */
  public static Map<String, String> headers(Problem problem, String correlationId) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(Correlation.HEADER, correlationId);
    problem
        .retryAfter()
        .ifPresent(wait -> headers.put("Retry-After", Long.toString(wait.toSeconds())));
    if (problem.code() == ProblemCode.AUTHENTICATION_REQUIRED) {
      headers.put("WWW-Authenticate", "Bearer");
    }
    return headers;
  }

  /** Answers outside JAX-RS: status, headers and body. Does nothing once the answer has begun. */
  public static void write(
      Problem problem, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String id = Correlation.of(request);
    ProblemLog.refused(problem, request);
    if (response.isCommitted()) {
      return;
    }
    byte[] body = json(problem, id).toString().getBytes(StandardCharsets.UTF_8);
    response.resetBuffer();
    response.setStatus(problem.code().status());
    headers(problem, id).forEach(response::setHeader);
    response.setContentType("application/json");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  private static JsonObjectBuilder details(Map<String, Object> details) {
    JsonObjectBuilder json = Json.createObjectBuilder();
    details.forEach(
        (name, value) -> {
          if (value instanceof List<?> list) {
            json.add(name, list(list));
          } else {
            json.add(name, String.valueOf(value));
          }
        });
    return json;
  }

  private static JsonArrayBuilder list(List<?> values) {
    JsonArrayBuilder array = Json.createArrayBuilder();
    for (Object value : values) {
      if (value instanceof Problem.InvalidField field) {
        array.add(
            Json.createObjectBuilder().add("field", field.field()).add("message", field.message()));
      } else {
        array.add(String.valueOf(value));
      }
    }
    return array;
  }
}
