package org.fleetcast.activity;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.devices.DeviceEntities;
import org.fleetcast.devices.DeviceEntity;
import org.fleetcast.history.Printable;
import org.fleetcast.live.LogLevel;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.QueryParameter;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/** What the devices logged in the last hour: {@code GET /api/devices/activity}. */
@Path("/devices/activity")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("user")
@Singleton
public class ActivityResource {
  private static final int MAX_IDS = 200;

  private final DeviceEntities devices;
  private final FleetActivity fleet;
  private final JsonWebToken caller;

  @Inject
  public ActivityResource(DeviceEntities devices, FleetActivity fleet, JsonWebToken caller) {
    this.devices = devices;
    this.fleet = fleet;
    this.caller = caller;
  }

  /** The last line of a device; its message is cut to 300 characters. */
  public record LastLine(String id, String timestamp, String message, @Nullable String level) {
    static @Nullable LastLine of(@Nullable StoredLine row) {
      return row == null
          ? null
          : new LastLine(row.id(), LogTime.text(row.at()), row.message(), row.level());
    }
  }

  /** One device in short: of the last hour, and rate and errors of the last five minutes. */
  public record InShort(
      int deviceId,
      @Nullable String lastLineAt,
      @Nullable String lastErrorAt,
      int lines,
      int errors,
      int recentErrors,
      int warnings,
      double linesPerMinute) {}

  /** The whole fleet in short. */
  public record Fleet(String asOf, boolean complete, List<InShort> devices) {}

  /** One device with its last line and its last hour. */
  public record Details(
      int deviceId,
      @Nullable String deviceEntityId,
      @Nullable LastLine lastLine,
      @Nullable LastLine lastError,
      List<Integer> linesPerMinute,
      String minutesEnd,
      Map<String, Integer> levels) {}

  /** Some devices in detail. */
  public record Chosen(String asOf, boolean complete, List<Details> devices) {}

  /** Every device in short. */
  @GET
  public Fleet all() {
    List<DeviceEntity> all = devices.all();
    long now = LogTime.micros(Instant.now());
    Map<String, HourCounts.Picture> pictures = fleet.all(entityIds(all), now);
    return new Fleet(
        LogTime.text(now),
        complete(pictures),
        all.stream().map(d -> inShort(d, pictures.get(d.entityId()), now)).toList());
  }

  private static InShort inShort(
      DeviceEntity device, HourCounts.@Nullable Picture picture, long now) {
    if (picture == null) {
      return new InShort(device.deviceId(), null, null, 0, 0, 0, 0, 0);
    }
    int[] levels = picture.levels();
    return new InShort(
        device.deviceId(),
        time(picture.last()),
        time(picture.lastError()),
        Arrays.stream(levels).sum(),
        levels[LogLevel.E.ordinal()],
        picture.recentErrors(),
        levels[LogLevel.W.ordinal()],
        picture.rate(now));
  }

  private static @Nullable String time(@Nullable StoredLine line) {
    return line == null ? null : LogTime.text(line.at());
  }

  /** Some devices with their last line and the last hour by minute and by level. */
  @GET
  @Path("/details")
  @Printable
  public CompletionStage<Chosen> some(@QueryParam("device_id") List<String> deviceIds) {
    List<DeviceEntity> found = devices.of(numbers(deviceIds));
    return fleet.some(caller.getSubject(), entityIds(found)).thenApply(read -> chosen(found, read));
  }

  private static Chosen chosen(List<DeviceEntity> found, Map<String, HourCounts> read) {
    long now = LogTime.micros(Instant.now());
    Map<String, HourCounts.Picture> pictures = FleetActivity.pictures(read, now);
    String end = LogTime.text(HourCounts.startOfMinute(now) + 60_000_000);
    return new Chosen(
        LogTime.text(now),
        complete(pictures),
        found.stream().map(d -> details(d, pictures.get(d.entityId()), end)).toList());
  }

  private static Details details(
      DeviceEntity device, HourCounts.@Nullable Picture known, String minutesEnd) {
    HourCounts.Picture picture = known == null ? HourCounts.NOTHING : known;
    Map<String, Integer> levels = new LinkedHashMap<>();
    for (LogLevel level : LogLevel.values()) {
      levels.put(level.name(), picture.levels()[level.ordinal()]);
    }
    return new Details(
        device.deviceId(),
        device.entityId(),
        LastLine.of(picture.last()),
        LastLine.of(picture.lastError()),
        Arrays.stream(picture.perMinute()).boxed().toList(),
        minutesEnd,
        levels);
  }

  private static Set<Integer> numbers(List<String> deviceIds) {
    List<String> texts = QueryParameter.given(deviceIds);
    if (texts.size() > MAX_IDS) {
      throw Problem.invalid("device_id", "must be given at most " + MAX_IDS + " times");
    }
    Set<Integer> numbers = new TreeSet<>();
    texts.forEach(text -> numbers.add(QueryParameter.integer("device_id", text)));
    return numbers;
  }

  private static List<String> entityIds(List<DeviceEntity> devices) {
    return devices.stream()
        .map(DeviceEntity::entityId)
        .flatMap(Stream::ofNullable)
        .distinct()
        .toList();
  }

  private static boolean complete(Map<String, HourCounts.Picture> pictures) {
    return pictures.values().stream().allMatch(HourCounts.Picture::whole);
  }
}
