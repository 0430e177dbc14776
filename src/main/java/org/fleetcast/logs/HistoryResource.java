package org.fleetcast.logs;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.Devices;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** What a device has logged: {@code GET /api/devices/{id}/logs}, in pages or as a download. */
@Path("/devices/{id}/logs")
@Singleton
public class HistoryResource {
  private final Devices devices;
  private final History history;

  @Inject
  public HistoryResource(Devices devices, History history) {
    this.devices = devices;
    this.history = history;
  }

  /** A line as clients know it. */
  public record Line(String id, String timestamp, String message, @Nullable String level) {
    static Line of(Row row) {
      return new Line(row.id(), LogTime.text(row.at()), row.message(), row.level());
    }
  }

  /** A line with its colours: null, or what {@code fields=sgr} tells of them. */
  public record ColouredLine(
      String id, String timestamp, String message, @Nullable String level, @Nullable String sgr) {
    static ColouredLine of(Row row) {
      return new ColouredLine(
          row.id(), LogTime.text(row.at()), row.message(), row.level(), row.sgr());
    }
  }

  /** A page of lines, ascending, and how to get the next one. */
  public record Logs(
      List<? extends Record> logs,
      boolean hasMore,
      @Nullable String windowStart,
      @Nullable String windowEnd,
      @Nullable String nextCursor) {}

  /** Answers a page as JSON, or with {@code format=text} the whole range as a download. */
  @GET
  @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
  @RolesAllowed("user")
  @Operation(
      summary = "Log lines of a device, always ascending, at most 1000 a page",
      description =
          "window_end passed on as the next start, or window_start as the next end, pages without"
              + " a hole and without a double; where several lines share a microsecond only"
              + " next_cursor does. Times before 1970 or after 2262 count as the first or last time"
              + " that can be stored. In indices written before Fleetcast, of one device at most"
              + " 10000 lines of one millisecond are found, and query finds only messages that"
              + " their mapping of message.keyword holds (256 characters by default).")
  public Response logs(
      @PathParam("id") int deviceId,
      @QueryParam("start") @Nullable String start,
      @QueryParam("end") @Nullable String end,
      @Parameter(
              description =
                  "Wildcards * and ? over the whole message, without regard to case; a backslash"
                      + " takes the next character as it is. Messages of more than 8191 characters"
                      + " are not matched.")
          @QueryParam("query")
          @Nullable String query,
      @QueryParam("cursor") @Nullable String cursor,
      @QueryParam("format") @Nullable String format,
      @Parameter(
              description =
                  "sgr: each line has a field sgr too, the colours that were stripped from its"
                      + " message, or null. They are <offset>:<parameters>, with blanks between"
                      + " them: from that UTF-16 unit of the message on, these parameters of SGR"
                      + " (ESC [ parameters m) apply. Live lines with colours always have it."
                      + " Anything else changes nothing.")
          @QueryParam("fields")
          @Nullable String fields) {
    Device device = devices.get(deviceId);
    Range range =
        Range.of(blankAsNone(start), blankAsNone(end), blankAsNone(cursor), Instant.now());
    String wildcards = blankAsNone(query);
    Glob glob = wildcards == null ? null : Glob.of(wildcards);
    if (format == null || format.equals("json")) {
      Logs page =
          page(device.entityId(), range, glob, "sgr".equals(fields) ? ColouredLine::of : Line::of);
      return Response.ok(page, MediaType.APPLICATION_JSON).build();
    }
    if (!format.equals("text")) {
      throw Problem.invalid("format", "must be json or text");
    }
    return download(device, range, glob);
  }

  private static @Nullable String blankAsNone(@Nullable String parameter) {
    return parameter == null || parameter.isBlank() ? null : parameter;
  }

  private Logs page(
      Optional<String> entityId, Range range, @Nullable Glob glob, Function<Row, Record> shape) {
    if (entityId.isEmpty()) {
      return new Logs(List.of(), false, null, null, null);
    }
    History.Page page = history.page(entityId.get(), range, glob);
    List<Row> rows = page.rows();
    if (rows.isEmpty()) {
      return new Logs(List.of(), false, null, null, null);
    }
    Row first = rows.get(0);
    Row last = rows.get(rows.size() - 1);
    // Passed on as the next start or end, the windows page without a hole and without a double.
    long windowStart = range.backward() ? first.at() - 1 : first.at();
    long windowEnd = range.backward() ? last.at() : last.at() + 1;
    Row edge = range.backward() ? first : last;
    return new Logs(
        rows.stream().map(shape).toList(),
        page.more(),
        LogTime.text(windowStart),
        LogTime.text(windowEnd),
        page.more() ? range.after(edge).cursor() : null);
  }

  private Response download(Device device, Range range, @Nullable Glob glob) {
    Optional<String> entityId = device.entityId();
    // The first page is read before the answer begins, so that a failure has its status.
    Range forward = range.forward();
    History.Page first =
        entityId.isEmpty()
            ? new History.Page(List.of(), false)
            : history.page(entityId.get(), forward, glob);
    StreamingOutput body = out -> write(out, entityId.orElse(""), forward, glob, first);
    return Response.ok(body, "text/plain; charset=utf-8")
        .header(
            HttpHeaders.CONTENT_DISPOSITION,
            "attachment; filename=\"device-" + device.key() + ".log\"")
        .build();
  }

  private void write(
      OutputStream out, String entityId, Range range, @Nullable Glob glob, History.Page first)
      throws IOException {
    History.Page page = first;
    while (true) {
      for (Row row : page.rows()) {
        out.write(row.text().getBytes(StandardCharsets.UTF_8));
      }
      if (!page.more()) {
        return;
      }
      Row last = page.rows().get(page.rows().size() - 1);
      page = history.page(entityId, range.after(last), glob);
    }
  }
}
