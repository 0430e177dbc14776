package org.fleetcast.history;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.archive.Lookup;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.Devices;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.problem.Problem;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/** What a device has logged: {@code GET /api/devices/{id}/logs}, in pages or as a download. */
@Path("/devices/{id}/logs")
@Singleton
public class HistoryResource {
  private final Devices devices;
  private final History history;
  private final Readers readers;
  private final JsonWebToken caller;

  @Inject
  public HistoryResource(Devices devices, History history, Readers readers, JsonWebToken caller) {
    this.devices = devices;
    this.history = history;
    this.readers = readers;
    this.caller = caller;
  }

  /** What the query of a request for history says: a range of time, and which lines of it. */
  public static class Asked {
    @QueryParam("start")
    @Nullable String start;

    @QueryParam("end")
    @Nullable String end;

    @QueryParam("cursor")
    @Nullable String cursor;

    @QueryParam("query")
    @Nullable String query;

    @QueryParam("level")
    @Nullable String level;

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
    HistoryRange range(Instant now) {
      return HistoryRange.of(blankAsNone(start), blankAsNone(end), blankAsNone(cursor), now);
    }

    /**
     * Which lines of it.
     *
     * @throws Problem 400 when one of the parameters is not what it may be
     */
    LineQuery wanted(boolean whole) {
      String letter = blankAsNone(level);
      LogLevel severity = LogLevel.ofLetter(letter);
      if (letter != null && severity == null) {
        throw Problem.invalid("level", "must be one of E, W, I, D, V");
      }
      if (contains != null && LineFilter.isTooLong(contains)) {
        throw Problem.invalid(
            "contains", "must have at most " + LineFilter.MAX_CONTAINS + " characters");
      }
      String wildcards = blankAsNone(query);
      Glob glob = wildcards == null ? null : Glob.of(wildcards);
      return new LineQuery(glob, new LineFilter(severity, contains), whole);
    }
  }

  /** Answers a page as JSON, or with {@code format=text} the whole range as a download. */
  @GET
  @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
  @RolesAllowed("user")
  public void logs(
      @Suspended AsyncResponse suspended,
      @Context HttpServletRequest request,
      @PathParam("id") int deviceId,
      @BeanParam Asked asked,
      @QueryParam("fields") @Nullable String fields,
      @QueryParam("format") @Nullable String format) {
    Device device = devices.get(deviceId);
    HistoryRange range = asked.range(Instant.now());
    Set<String> more = more(fields);
    boolean text = "text".equals(format);
    LineQuery wanted = asked.wanted(!text && more.contains("fields"));
    Reply reply = Reply.to(request, suspended::resume);
    if (text) {
      download(reply, device, range.forward(), wanted);
    } else if (format == null || format.equals("json")) {
      page(reply, device, range, wanted, more);
    } else {
      throw Problem.invalid("format", "must be json or text");
    }
  }

  private static Set<String> more(@Nullable String fields) {
    return switch (String.valueOf(fields)) {
      case "*" -> Set.of("fields");
      case "sgr" -> Set.of("sgr");
      case "sgr,tag" -> Set.of("sgr", "tag");
      default -> Set.of();
    };
  }

  private void page(
      Reply reply, Device device, HistoryRange range, LineQuery wanted, Set<String> more) {
    readers.read(
        caller.getSubject(),
        task -> {
          HistoryPage page = page(device, range, wanted, task.read(Readers.PATIENCE));
          byte[] body = PageJson.of(page, more);
          task.worked();
          reply.send(MediaType.APPLICATION_JSON, body);
        },
        reply);
  }

  private HistoryPage page(Device device, HistoryRange range, LineQuery wanted, Lookup reading) {
    return device
        .entityId()
        .map(id -> history.page(id, range, wanted, reading))
        .orElse(HistoryPage.NONE);
  }

  private void download(Reply reply, Device device, HistoryRange range, LineQuery wanted) {
    String subject = caller.getSubject();
    Function<HistoryRange, HistoryPage> pages =
        part -> readers.page(subject, reading -> page(device, part, wanted, reading));
    readers.download(
        subject,
        task -> {
          // The first page is read before the answer begins, so that a failure has its status.
          HistoryPage first = pages.apply(range);
          reply.header(
              HttpHeaders.CONTENT_DISPOSITION,
              "attachment; filename=\"device-" + device.key() + ".log\"");
          reply.send("text/plain; charset=utf-8", out -> write(out, first, pages));
        },
        reply);
  }

  private static void write(
      OutputStream out, HistoryPage first, Function<HistoryRange, HistoryPage> pages)
      throws IOException {
    HistoryPage page = first;
    while (true) {
      for (StoredLine row : page.rows()) {
        out.write(row.text().getBytes(StandardCharsets.UTF_8));
      }
      HistoryRange next = page.next();
      if (next == null) {
        return;
      }
      page = pages.apply(next);
    }
  }
}
