package org.fleetcast.logs;

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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.fleetcast.devices.Devices;
import org.fleetcast.live.Filter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.live.Session;
import org.fleetcast.live.Sessions;
import org.fleetcast.live.Subscription;
import org.fleetcast.problem.JsonBody;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.QueryParameter;
import org.jspecify.annotations.Nullable;

/** Which stream follows which device: subscribe, unsubscribe, and the list for editors. */
@Path("/device-logs")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public class SubscriptionsResource {
  static final String TAIL_RANGE = "must be between 0 and " + Subscription.MAX_TAIL;
  static final String ABOUT_TAILS =
      " tail sends the last stored lines first (those that pass the filter), whole, in events of"
          + " the same shape, and then the live ones without hole or double. Lines that this stream"
          + " was sent already since it follows the entity id with these filters are left out. What"
          + " cannot be read (Elasticsearch is away or looks for too long, or it is more than 1"
          + " MiB) is a gap before the tail: missed is then the most that can be missing, from is"
          + " 1970-01-01, and to the time before which it is to be fetched: GET"
          + " /api/devices/{id}/logs?end=<to>, with level and contains as the filter has them.";

  private final Devices devices;
  private final Sessions sessions;
  private final Tails tails;
  private final Movers movers;
  private final JsonWebToken caller;

  @Inject
  public SubscriptionsResource(
      Devices devices, Sessions sessions, Tails tails, Movers movers, JsonWebToken caller) {
    this.devices = devices;
    this.sessions = sessions;
    this.tails = tails;
    this.movers = movers;
    this.caller = caller;
  }

  /** That a stream follows a device from now on, and by which entity. */
  @Schema(name = "Subscribed")
  public record Joined(String status, String deviceEntityId) {}

  /** That it no longer does. */
  @Schema(name = "Unsubscribed")
  public record Left(String status) {}

  /** Who watches a device. */
  public record Watched(int deviceId, String deviceEntityId, List<String> requestIds) {}

  /** All subscriptions, by device. */
  public record Subscriptions(List<Watched> subscriptions) {}

  /** What both requests name: the caller's stream and a device. */
  @Schema(name = "StreamAndDevice")
  public record Pair(String requestId, int deviceId) {
    static Pair of(JsonBody body) {
      return new Pair(body.string("request_id"), body.integer("device_id"));
    }
  }

  /** What subscribing can ask for. */
  @Schema(name = "NewSubscription")
  public record Wanted(
      @Schema(required = true) String requestId,
      @Schema(required = true) int deviceId,
      @Schema(minimum = "0", maximum = "1000", description = "Stored lines to be sent first")
          @Nullable Integer tail,
      @Nullable Chosen filter) {}

  /** Which lines are wanted. */
  @Schema(name = "LineFilter")
  public record Chosen(
      @Schema(
              enumeration = {"E", "W", "I", "D", "V"},
              description = "That severity or worse; a line without a level counts as I")
          @Nullable String level,
      @Schema(maxLength = Filter.MAX_CONTAINS, description = "In the message, whatever the case")
          @Nullable String contains) {
    static Filter read(JsonBody body) {
      String letter = body.optionalString("level");
      LogLevel level = LogLevel.ofLetter(letter);
      if (letter != null && level == null) {
        body.refuse("level", "must be one of E, W, I, D, V");
      }
      String contains = body.optionalString("contains");
      if (contains != null && contains.length() > Filter.MAX_CONTAINS) {
        body.refuse("contains", "must have at most " + Filter.MAX_CONTAINS + " characters");
      }
      return new Filter(level, contains);
    }
  }

  @POST
  @Path("/subscribe")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("user")
  @Operation(
      summary = "Lets one of the caller's streams follow a device",
      description =
          "Twice is the same as once, but for the filter: subscribing again replaces it, and takes"
              + " it away where there is none. Filters compare the message without escape"
              + " sequences. Where several devices of a stream share an entity id, a line passes if"
              + " any of their filters lets it."
              + ABOUT_TAILS)
  @RequestBody(content = @Content(schema = @Schema(implementation = Wanted.class)))
  public Joined subscribe(InputStream in) {
    JsonBody body = JsonBody.read(in);
    Pair pair = Pair.of(body);
    int tail = tail(body);
    JsonBody chosen = body.optionalObject("filter");
    Filter filter = chosen == null ? Filter.NONE : Chosen.read(chosen);
    body.end();
    long changes = movers.changes();
    String entityId = entityId(devices, pair.deviceId);
    Session session = sessions.get(caller.getSubject(), pair.requestId);
    tails.subscribe(session, new Subscription(pair.deviceId, entityId, filter, tail)).run();
    movers.subscribed(pair.deviceId, changes);
    return new Joined("subscribed", entityId);
  }

  private static int tail(JsonBody body) {
    Integer tail = body.optionalInteger("tail");
    if (tail == null) {
      return 0;
    }
    if (tail < 0 || tail > Subscription.MAX_TAIL) {
      body.refuse("tail", TAIL_RANGE);
    }
    return tail;
  }

  @POST
  @Path("/unsubscribe")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("user")
  @RequestBody(content = @Content(schema = @Schema(implementation = Pair.class)))
  public Left unsubscribe(InputStream in) {
    Pair pair = JsonBody.read(in, Pair::of);
    String entityId = entityId(devices, pair.deviceId);
    Session session = sessions.get(caller.getSubject(), pair.requestId);
    if (!session.unsubscribe(pair.deviceId)) {
      throw Problem.notFound("Subscription " + entityId);
    }
    return new Left("unsubscribed");
  }

  /** Lists who watches what, of one device or of all. */
  @GET
  @Path("/subscriptions")
  @RolesAllowed("editor")
  public Subscriptions list(@QueryParam("device_id") @Nullable String deviceId) {
    Integer only = deviceId == null ? null : QueryParameter.integer("device_id", deviceId);
    Map<Integer, Watched> byDevice = new TreeMap<>();
    for (Session session : sessions.all()) {
      session.subscriptions().forEach((id, entityId) -> add(byDevice, id, entityId, session));
    }
    return new Subscriptions(
        byDevice.values().stream().filter(w -> only == null || w.deviceId == only).toList());
  }

  private static void add(
      Map<Integer, Watched> byDevice, int deviceId, String entityId, Session session) {
    TreeSet<String> requestIds = new TreeSet<>(List.of(session.requestId()));
    Watched known = byDevice.get(deviceId);
    if (known != null) {
      requestIds.addAll(known.requestIds);
    }
    byDevice.put(deviceId, new Watched(deviceId, entityId, List.copyOf(requestIds)));
  }

  /**
   * The entity of a device, without which nobody can follow it.
   *
   * @throws Problem 404 when there is no such device, or when it has none
   */
  static String entityId(Devices devices, int deviceId) {
    return devices
        .get(deviceId)
        .entityId()
        .orElseThrow(() -> Problem.notFound("Device entity ID " + deviceId));
  }
}
