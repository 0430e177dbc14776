package org.fleetcast.logs;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.BeanParam;
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
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.Devices;
import org.fleetcast.live.Filter;
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

  /** A line with its colours and the module that it comes from, for {@code fields=sgr,tag}. */
  public record TaggedLine(
      String id,
      String timestamp,
      String message,
      @Nullable String level,
      @Nullable String sgr,
      @Nullable String tag) {
    static TaggedLine of(Row row) {
      return new TaggedLine(
          row.id(), LogTime.text(row.at()), row.message(), row.level(), row.sgr(), row.tag());
    }
  }

  /** A page of lines, ascending, and how to get the next one. */
  public record Logs(
      List<? extends Record> logs,
      boolean hasMore,
      @Nullable String windowStart,
      @Nullable String windowEnd,
      @Nullable String nextCursor) {}

  /** What the query of a request for history says: a range of time, and which lines of it. */
  public static class Asked {
    @QueryParam("start")
    @Nullable String start;

    @QueryParam("end")
    @Nullable String end;

    @QueryParam("cursor")
    @Nullable String cursor;

    @Parameter(
        description =
            "Wildcards * and ? over the whole message, without regard to case by the same rule as"
                + " contains; a backslash takes the next character as it is. At most 1000 characters"
                + " and 50 wildcards. Messages of more than 8191 characters are not matched.")
    @QueryParam("query")
    @Nullable String query;

    @Parameter(
        description =
            "That severity or worse, in the order E, W, I, D, V; a line without a level, or with one"
                + " that is not known, counts as I")
    @QueryParam("level")
    @Nullable String level;

    @Parameter(
        description =
            "What the message contains, without regard to case, as filter.contains of a subscription"
                + " has it; at most 256 characters")
    @QueryParam("contains")
    @Nullable String contains;

    private static @Nullable String blankAsNone(@Nullable String parameter) {
      return parameter == null || parameter.isBlank() ? null : parameter;
    }

    /**
     * The range of time.
     *
     * @throws Problem 400 when a time or cursor does not parse, or the range ends before it starts
     */
    Range range(Instant now) {
      return Range.of(blankAsNone(start), blankAsNone(end), blankAsNone(cursor), now);
    }

    /**
     * Which lines of it.
     *
     * @throws Problem 400 when one of the parameters is not what it may be
     */
    Wanted wanted(boolean whole) {
      String severity = blankAsNone(level);
      if (severity != null && !Filter.isLevel(severity)) {
        throw Problem.invalid("level", "must be one of E, W, I, D, V");
      }
      if (contains != null && contains.length() > Filter.MAX_CONTAINS) {
        throw Problem.invalid(
            "contains", "must have at most " + Filter.MAX_CONTAINS + " characters");
      }
      String wildcards = blankAsNone(query);
      Glob glob = wildcards == null ? null : Glob.of(wildcards);
      return new Wanted(glob, new Filter(severity, contains), whole);
    }
  }

  /** Answers a page as JSON, or with {@code format=text} the whole range as a download. */
  @GET
  @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
  @RolesAllowed("user")
  @Operation(
      summary = "Log lines of a device, always ascending, at most 1000 a page",
      description =
          "window_end passed on as the next start, or window_start as the next end, pages without"
              + " a hole and without a double; where several lines share a microsecond only"
              + " next_cursor does, with the same query, level and contains. With one of these a"
              + " page may end after some seconds of looking, with less lines or none: has_more is"
              + " true then, and the windows and next_cursor reach as far as was looked. Times"
              + " before 1970 or after 2262 count as the first or last time that can be stored. In"
              + " indices written before Fleetcast, of one device at most 10000 lines of one"
              + " millisecond are found. level of a line is the letter E, W, I, D or V that its"
              + " level counts as, or null; format=text has - then, and escapes control characters.")
  public Response logs(
      @PathParam("id") int deviceId,
      @BeanParam Asked asked,
      @Parameter(
              description =
                  "sgr: each line has a field sgr too, the colours that were stripped from its"
                      + " message, or null. They are <offset>:<parameters>, with blanks between"
                      + " them: from that UTF-16 unit of the message on, these parameters of SGR"
                      + " (ESC [ parameters m) apply. Live lines with colours always have it."
                      + " sgr,tag: and tag, the module that it comes from, or null. *: each line has fields too, an object with all that the device sent, as"
                      + " it is stored; such a page ends after 16 million characters. Anything else"
                      + " changes nothing.")
          @QueryParam("fields")
          @Nullable String fields,
      @QueryParam("format") @Nullable String format) {
    Device device = devices.get(deviceId);
    Range range = asked.range(Instant.now());
    Wanted wanted = asked.wanted("*".equals(fields));
    if (format == null || format.equals("json")) {
      Page page = page(device, range, wanted);
      Object body = wanted.whole() ? WholePage.of(page) : answer(page, shape(fields));
      return Response.ok(body, MediaType.APPLICATION_JSON).build();
    }
    if (!format.equals("text")) {
      throw Problem.invalid("format", "must be json or text");
    }
    return download(device, range.forward(), asked.wanted(false));
  }

  private Page page(Device device, Range range, Wanted wanted) {
    return device.entityId().map(id -> history.page(id, range, wanted)).orElse(Page.NONE);
  }

  private static Function<Row, Record> shape(@Nullable String fields) {
    if ("sgr,tag".equals(fields)) {
      return TaggedLine::of;
    }
    return "sgr".equals(fields) ? ColouredLine::of : Line::of;
  }

  private static Logs answer(Page page, Function<Row, Record> shape) {
    return new Logs(
        page.rows().stream().map(shape).toList(),
        page.more(),
        page.windowStart(),
        page.windowEnd(),
        page.cursor());
  }

  private Response download(Device device, Range range, Wanted wanted) {
    // The first page is read before the answer begins, so that a failure has its status.
    Page first = page(device, range, wanted);
    StreamingOutput body = out -> write(out, device, wanted, first);
    return Response.ok(body, "text/plain; charset=utf-8")
        .header(
            HttpHeaders.CONTENT_DISPOSITION,
            "attachment; filename=\"device-" + device.key() + ".log\"")
        .build();
  }

  private void write(OutputStream out, Device device, Wanted wanted, Page first)
      throws IOException {
    Page page = first;
    while (true) {
      for (Row row : page.rows()) {
        out.write(row.text().getBytes(StandardCharsets.UTF_8));
      }
      Range next = page.next();
      if (next == null) {
        return;
      }
      page = page(device, next, wanted);
    }
  }
}
