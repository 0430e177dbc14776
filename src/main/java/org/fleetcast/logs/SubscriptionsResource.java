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
import org.fleetcast.devices.Devices;
import org.fleetcast.live.Limits;
import org.fleetcast.live.Session;
import org.fleetcast.live.Sessions;
import org.fleetcast.problem.JsonBody;
import org.fleetcast.problem.Problem;
import org.jspecify.annotations.Nullable;

/** Which stream follows which device: subscribe, unsubscribe, and the list for editors. */
@Path("/device-logs")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public class SubscriptionsResource {
  private final Devices devices;
  private final Sessions sessions;
  private final Limits limits;
  private final JsonWebToken caller;

  @Inject
  public SubscriptionsResource(
      Devices devices, Sessions sessions, Limits limits, JsonWebToken caller) {
    this.devices = devices;
    this.sessions = sessions;
    this.limits = limits;
    this.caller = caller;
  }

  /** What was done: {@code subscribed} or {@code unsubscribed}, and the entity it is about. */
  public record Done(String status, String deviceEntityId) {}

  /** Who watches a device. */
  public record Watched(int deviceId, String deviceEntityId, List<String> requestIds) {}

  /** All subscriptions, by device. */
  public record Subscriptions(List<Watched> subscriptions) {}

  /** What both requests name: the caller's stream and a device. */
  private record Pair(String requestId, int deviceId) {
    static Pair of(InputStream in) {
      JsonBody body = JsonBody.read(in);
      Pair pair = new Pair(body.string("request_id"), body.integer("device_id"));
      body.end();
      return pair;
    }
  }

  @POST
  @Path("/subscribe")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("user")
  public Done subscribe(InputStream body) {
    Pair pair = Pair.of(body);
    String entityId = entityId(pair.deviceId);
    sessions
        .get(caller.getSubject(), pair.requestId)
        .subscribe(pair.deviceId, entityId, limits.subscriptions());
    return new Done("subscribed", entityId);
  }

  @POST
  @Path("/unsubscribe")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("user")
  public Done unsubscribe(InputStream body) {
    Pair pair = Pair.of(body);
    String entityId = entityId(pair.deviceId);
    Session session = sessions.get(caller.getSubject(), pair.requestId);
    if (!session.unsubscribe(pair.deviceId)) {
      throw Problem.notFound("Subscription " + entityId);
    }
    return new Done("unsubscribed", entityId);
  }

  /** Lists who watches what, of one device or of all. */
  @GET
  @Path("/subscriptions")
  @RolesAllowed("editor")
  public Subscriptions list(@QueryParam("device_id") @Nullable String deviceId) {
    Integer only = deviceId == null ? null : number(deviceId);
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

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException malformed) {
      throw Problem.invalid("device_id", "must be an integer");
    }
  }

  private String entityId(int deviceId) {
    return devices
        .get(deviceId)
        .entityId()
        .orElseThrow(() -> Problem.notFound("Device entity ID " + deviceId));
  }
}
