package org.fleetcast.history;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.archive.DeadLetter;
import org.fleetcast.archive.Lookup;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audited;
import org.fleetcast.devices.Devices;
import org.fleetcast.problem.JsonBody;
import org.fleetcast.problem.QueryParameter;
import org.fleetcast.sink.LogTime;
import org.jspecify.annotations.Nullable;

/** The lines that could not be taken or stored: to look at, and to be put back. */
@Path("/dead-letters")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public class DeadLettersResource {
  /** No device has it: the entity of one that has none. */
  private static final String NOBODY = "";

  /** For how long a replay may run; what is left then is there for the next. */
  private static final Duration REPLAY = Duration.ofMinutes(10);

  private final Devices devices;
  private final DeadLetters deadLetters;
  private final Replay replay;
  private final Readers readers;
  private final JsonWebToken caller;

  @Inject
  public DeadLettersResource(
      Devices devices,
      DeadLetters deadLetters,
      Replay replay,
      Readers readers,
      JsonWebToken caller) {
    this.devices = devices;
    this.deadLetters = deadLetters;
    this.replay = replay;
    this.readers = readers;
    this.caller = caller;
  }

  /** A dead letter as clients know it. */
  public record Letter(
      String id,
      String timestamp,
      String reason,
      String raw,
      String encoding,
      @Nullable String entityId) {
    static Letter of(DeadLetter letter) {
      return new Letter(
          letter.id(),
          LogTime.text(letter.at()),
          letter.reason(),
          letter.raw(),
          letter.encoding(),
          letter.entityId());
    }
  }

  /** A page of dead letters, newest first, and how to get the next one. */
  public record Letters(List<Letter> deadLetters, boolean hasMore, @Nullable String nextCursor) {}

  /** Which dead letters are to be put back. */
  public record Wanted(String start, String end, @Nullable Integer deviceId, boolean dryRun) {
    static Wanted read(InputStream in) {
      return JsonBody.read(
          in,
          body ->
              new Wanted(
                  body.string("start"),
                  body.string("end"),
                  body.optionalInteger("device_id"),
                  body.bool("dry_run")));
    }
  }

  @GET
  @RolesAllowed("user")
  @Printable
  public CompletionStage<Letters> list(
      @QueryParam("device_id") @Nullable String deviceId,
      @QueryParam("start") @Nullable String start,
      @QueryParam("end") @Nullable String end,
      @QueryParam("cursor") @Nullable String cursor) {
    Integer id = QueryParameter.optionalInteger("device_id", deviceId);
    String entityId = id == null ? null : devices.get(id).entityId().orElse(NOBODY);
    HistoryRange range =
        range(
            QueryParameter.given(start),
            QueryParameter.given(end),
            QueryParameter.given(cursor),
            Instant.now());
    if (NOBODY.equals(entityId)) {
      return CompletableFuture.completedFuture(new Letters(List.of(), false, null));
    }
    return readers.read(
        caller.getSubject(), Readers.PATIENCE, reading -> letters(entityId, range, reading));
  }

  private Letters letters(@Nullable String entityId, HistoryRange range, Lookup reading) {
    DeadLetters.Page page = deadLetters.page(entityId, range, reading);
    return new Letters(
        page.letters().stream().map(Letter::of).toList(),
        page.more(),
        page.more() ? after(range, page.letters().get(page.letters().size() - 1)).cursor() : null);
  }

  /** As history reads its parameters, but always from the end. */
  private static HistoryRange range(
      @Nullable String start, @Nullable String end, @Nullable String cursor, Instant now) {
    if (start == null && end == null && cursor == null) {
      return new HistoryRange(HistoryRange.EVER, LogTime.micros(now), true, null);
    }
    HistoryRange range = HistoryRange.of(start, end, cursor, now);
    return new HistoryRange(range.from(), range.to(), true, range.past());
  }

  private static HistoryRange after(HistoryRange range, DeadLetter last) {
    return new HistoryRange(
        range.from(), range.to(), true, new HistoryRange.Place(last.at(), last.id()));
  }

  @POST
  @Path("/replay")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("editor")
  @Audited(Action.DEAD_LETTERS_REPLAY)
  public CompletionStage<Replay.Counts> replay(InputStream in) {
    Wanted wanted = Wanted.read(in);
    Integer id = wanted.deviceId;
    String entityId = id == null ? null : devices.get(id).entityId().orElse(NOBODY);
    HistoryRange range = HistoryRange.of(wanted.start, wanted.end, null, Instant.now());
    if (NOBODY.equals(entityId)) {
      return CompletableFuture.completedFuture(new Replay.Counts(0, 0, 0));
    }
    return readers.read(
        caller.getSubject(),
        REPLAY,
        reading -> replay.run(entityId, range, wanted.dryRun, reading));
  }
}
