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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.devices.Devices;
import org.fleetcast.live.LineFilter;
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

  private final Devices devices;
  private final Sessions sessions;
  private final Tails tails;
  private final SubscriptionUpdater movers;
  private final JsonWebToken caller;

  @Inject
  public SubscriptionsResource(
      Devices devices,
      Sessions sessions,
      Tails tails,
      SubscriptionUpdater movers,
      JsonWebToken caller) {
    this.devices = devices;
    this.sessions = sessions;
    this.tails = tails;
    this.movers = movers;
    this.caller = caller;
  }

  /** That a stream follows a device from now on, and by which entity. */
  public record Joined(String status, String deviceEntityId) {}

  /** That it no longer does. */
  public record Left(String status) {}

  /** Who watches a device. */
  public record Watched(int deviceId, String deviceEntityId, List<String> requestIds) {}

  /** All subscriptions, by device. */
  public record Subscriptions(List<Watched> subscriptions) {}

  /** What both requests name: the caller's stream and a device. */
  public record Pair(String requestId, int deviceId) {
    static Pair of(JsonBody body) {
      return new Pair(body.string("request_id"), body.integer("device_id"));
    }
  }

  @POST
  @Path("/subscribe")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("user")
  public Joined subscribe(InputStream in) {
    JsonBody body = JsonBody.read(in);
    Pair pair = Pair.of(body);
    int tail = tail(body);
    JsonBody chosen = body.optionalObject("filter");
    LineFilter filter = chosen == null ? LineFilter.NONE : filter(chosen);
    body.end();
    long changes = movers.changes();
    String entityId = entityId(devices, pair.deviceId);
    Session session = sessions.get(caller.getSubject(), pair.requestId);
    tails.subscribe(session, new Subscription(pair.deviceId, entityId, filter, tail)).run();
    movers.subscribed(pair.deviceId, changes);
    return new Joined("subscribed", entityId);
  }

  private static LineFilter filter(JsonBody body) {
    String letter = body.optionalString("level");
    LogLevel level = LogLevel.ofLetter(letter);
    if (letter != null && level == null) {
      body.refuse("level", "must be one of E, W, I, D, V");
    }
    String contains = body.optionalString("contains");
    if (contains != null && LineFilter.isTooLong(contains)) {
      body.refuse("contains", "must have at most " + LineFilter.MAX_CONTAINS + " characters");
    }
    return new LineFilter(level, contains);
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
