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
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.devices.Device;
import org.fleetcast.devices.Devices;
import org.fleetcast.live.FieldFilter;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.QueryParameter;
import org.jspecify.annotations.Nullable;

/** What a device has logged: {@code GET /api/devices/{id}/logs}, in pages or as a download. */
@Path("/devices/{id}/logs")
@Singleton
public class HistoryResource {
  private final Devices devices;
  private final HistoryAnswers answers;
  private final JsonWebToken caller;

  @Inject
  public HistoryResource(Devices devices, HistoryAnswers answers, JsonWebToken caller) {
    this.devices = devices;
    this.answers = answers;
    this.caller = caller;
  }

  /** Which lines, as live ones are chosen too. */
  abstract static class FilterParameters {
    @QueryParam("level")
    @Nullable String level;

    @QueryParam("contains")
    @Nullable String contains;

    @QueryParam("field")
    List<String> onlyFields = List.of();

    @QueryParam("without_field")
    List<String> withoutFields = List.of();

    LineFilter filter() {
      String letter = QueryParameter.given(level);
      LogLevel severity = LogLevel.ofLetter(letter);
      if (letter != null && severity == null) {
        throw Problem.invalid("level", "must be one of E, W, I, D, V");
      }
      if (contains != null && LineFilter.isTooLong(contains)) {
        throw Problem.invalid(
            "contains", "must have at most " + LineFilter.MAX_CONTAINS + " characters");
      }
      FieldFilter fields =
          new FieldFilter(fields("field", onlyFields), fields("without_field", withoutFields));
      return new LineFilter(severity, contains, fields);
    }

    private static Set<FieldFilter.Field> fields(String name, List<String> texts) {
      Set<FieldFilter.Field> fields = FieldFilter.fields(QueryParameter.given(texts));
      if (fields == null) {
        throw Problem.invalid(name, FieldFilter.RULE);
      }
      return fields;
    }
  }

  /** What every query about stored lines says: a range of time, and which lines of it. */
  abstract static class Chosen extends FilterParameters {
    @QueryParam("start")
    @Nullable String start;

    @QueryParam("end")
    @Nullable String end;

    @QueryParam("without")
    List<String> without = List.of();

    @QueryParam("regex")
    @Nullable String regex;

    @QueryParam("tag")
    List<String> tags = List.of();

    @QueryParam("without_tag")
    List<String> withoutTags = List.of();

    LineTerms terms() {
      return LineTerms.of(without, QueryParameter.given(regex), tags, withoutTags);
    }
  }

  /** What the query of a request for history says. */
  public static class Asked extends Chosen {
    @QueryParam("cursor")
    @Nullable String cursor;

    @QueryParam("query")
    @Nullable String query;

    @QueryParam("fields")
    @Nullable String more;

    @QueryParam("format")
    @Nullable String format;

    /**
     * The range of time.
     *
     * @throws Problem 400 when a time or cursor does not parse, or the range ends before it starts
     */
    HistoryRange range(Instant now) {
      return HistoryRange.of(
          QueryParameter.given(start),
          QueryParameter.given(end),
          QueryParameter.given(cursor),
          now);
    }

    /**
     * Which lines of it.
     *
     * @throws Problem 400 when one of the parameters is not what it may be
     */
    LineQuery wanted(boolean whole) {
      String wildcards = QueryParameter.given(query);
      Glob glob = wildcards == null ? null : Glob.of(wildcards);
      return new LineQuery(glob, filter(), terms(), whole);
    }

    /**
     * All that is asked for.
     *
     * @param fleet whether each line is to name its device
     * @param name what a download is called, without what its name ends with
     * @throws Problem 400 when one of the parameters is not what it may be
     */
    HistoryAnswers.Question question(Entities whose, boolean fleet, String name) {
      HistoryRange range = range(Instant.now());
      Set<String> more = more();
      String form = QueryParameter.given(format);
      boolean text = "text".equals(form);
      if (!text && form != null && !form.equals("json")) {
        throw Problem.invalid("format", "must be json or text");
      }
      LineQuery wanted = wanted(!text && more.contains("fields"));
      return new HistoryAnswers.Question(whose, fleet, range, wanted, more, text, name + ".log");
    }

    private Set<String> more() {
      return switch (String.valueOf(more)) {
        case "*" -> Set.of("fields");
        case "sgr" -> Set.of("sgr");
        case "sgr,tag" -> Set.of("sgr", "tag");
        default -> Set.of();
      };
    }
  }

  /** What the query of a request for a histogram says. */
  public static class Counted extends Chosen {
    private static final int PARTS = 60;

    @QueryParam("buckets")
    @Nullable String buckets;

    /**
     * All that is asked for.
     *
     * @throws Problem 400 when one of the parameters is not what it may be
     */
    LineCounts.Question question(Entities whose) {
      HistoryRange range =
          HistoryRange.toCount(
              QueryParameter.given(start), QueryParameter.given(end), Instant.now());
      Integer asked = QueryParameter.optionalInteger("buckets", buckets);
      int parts = asked == null ? PARTS : asked;
      if (parts < 1 || parts > Histogram.MAX_PARTS) {
        throw Problem.invalid("buckets", "must be between 1 and " + Histogram.MAX_PARTS);
      }
      LineQuery wanted = new LineQuery(null, filter(), terms(), false);
      return new LineCounts.Question(whose, wanted, range, parts);
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
      @BeanParam Asked asked) {
    Device device = devices.get(deviceId);
    HistoryAnswers.Question question =
        asked.question(entities(device), false, "device-" + device.key());
    answers.answer(caller.getSubject(), question, Reply.to(request, suspended::resume));
  }

  /** Answers how many lines of each level there are over a range of time. */
  @GET
  @Path("/histogram")
  @Produces(MediaType.APPLICATION_JSON)
  @RolesAllowed("user")
  public void histogram(
      @Suspended AsyncResponse suspended,
      @Context HttpServletRequest request,
      @PathParam("id") int deviceId,
      @BeanParam Counted counted) {
    LineCounts.Question question = counted.question(entities(devices.get(deviceId)));
    answers.answer(caller.getSubject(), question, Reply.to(request, suspended::resume));
  }

  private static Entities entities(Device device) {
    return device.entityId().map(Entities::one).orElseGet(() -> Entities.of(List.of()));
  }
}
