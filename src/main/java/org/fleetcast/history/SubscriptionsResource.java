package org.fleetcast.history;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.fleetcast.devices.DeviceModels;
import org.fleetcast.devices.Devices;
import org.fleetcast.live.Arrivals;
import org.fleetcast.live.EventId;
import org.fleetcast.live.FieldFilter;
import org.fleetcast.live.LineFilter;
import org.fleetcast.live.LogLevel;
import org.fleetcast.live.Scope;
import org.fleetcast.live.Selector;
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
  private final DeviceModels models;
  private final Sessions sessions;
  private final SubscriptionUpdater movers;
  private final JsonWebToken caller;

  @Inject
  public SubscriptionsResource(
      Devices devices,
      DeviceModels models,
      Sessions sessions,
      SubscriptionUpdater movers,
      JsonWebToken caller) {
    this.devices = devices;
    this.models = models;
    this.sessions = sessions;
    this.movers = movers;
    this.caller = caller;
  }

  /** That a stream follows a device from now on, and by which entity; null when it is of many. */
  public record Joined(String status, @Nullable String deviceEntityId) {}

  /** That it no longer does. */
  public record Left(String status) {}

  /**
   * Who watches a device; with nulls, who watches a model or the fleet.
   *
   * @param requestIds one for each stream: callers may have streams of the same name
   */
  public record Watched(
      @Nullable Integer deviceId, @Nullable String deviceEntityId, List<String> requestIds) {
    Watched sorted() {
      return new Watched(deviceId, deviceEntityId, requestIds.stream().sorted().toList());
    }
  }

  /** All subscriptions, by device. */
  public record Subscriptions(List<Watched> subscriptions) {}

  /**
   * What both requests name: the caller's stream, and a device, a model or the fleet.
   *
   * @param deviceId null for a model or the fleet
   * @param many null for a device
   */
  record Named(String requestId, @Nullable Integer deviceId, @Nullable Scope many) {
    static Named of(JsonBody body) {
      String requestId = body.string("request_id");
      boolean model = body.isGiven("device_model_id");
      boolean device = body.isGiven("device_id");
      Boolean all = body.optionalBool("fleet");
      // Beside another, false says nothing.
      boolean fleet = body.isGiven("fleet") && !(Boolean.FALSE.equals(all) && (model || device));
      Integer modelId = body.optionalInteger("device_model_id");
      if (!fleet && !model) {
        if (device) {
          return new Named(requestId, body.integer("device_id"), null);
        }
        body.optionalInteger("device_id");
        body.refuse("device_id", "is required");
        return new Named(requestId, 0, null);
      }
      Integer one = body.optionalInteger("device_id");
      if (one != null || (fleet && model)) {
        body.refuse("device_id", "only one of device_id, device_model_id and fleet may be given");
      } else if (fleet && Boolean.FALSE.equals(all)) {
        body.refuse("fleet", "must be true");
      }
      return new Named(requestId, null, modelId == null ? Scope.FLEET : new Scope.Model(modelId));
    }

    Selector selector() {
      return new Selector(deviceId, many);
    }
  }

  @POST
  @Path("/subscribe")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("user")
  public Joined subscribe(InputStream in, @Context HttpServletRequest request) {
    JsonBody body = JsonBody.read(in);
    Named named = Named.of(body);
    int tail = tail(body);
    EventId after = after(body);
    JsonBody chosen = body.optionalObject("filter");
    LineFilter filter = chosen == null ? LineFilter.NONE : filter(chosen);
    body.end();
    long changes = movers.changes();
    Scope scope = scope(named);
    sessions.subscribe(
        caller.getSubject(),
        named.requestId,
        new Subscription(named.selector(), scope, filter, tail, after),
        Arrivals.of(request));
    if (named.deviceId != null) {
      movers.subscribed(named.deviceId, changes);
    }
    return new Joined("subscribed", scope.entityId());
  }

  /** Of a device the entity that it logs as now; of a model, one that there is. */
  private Scope scope(Named named) {
    if (named.deviceId != null) {
      return new Scope.Entity(entityId(devices, named.deviceId));
    }
    Scope many = Objects.requireNonNull(named.many, "one of the three was given");
    if (many instanceof Scope.Model model) {
      models.get(model.id());
    }
    return many;
  }

  private static @Nullable EventId after(JsonBody body) {
    String after = body.optionalString("after");
    if (after == null) {
      return null;
    }
    if (!EventId.isOpaque(after)) {
      body.refuse("after", "must have 1 to 256 characters of A-Z, a-z, 0-9 and . _ ~ : -");
    }
    return EventId.of(after);
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
    FieldFilter fields = new FieldFilter(fields(body, "field"), fields(body, "without_field"));
    return new LineFilter(level, contains, fields);
  }

  private static Set<FieldFilter.Field> fields(JsonBody body, String name) {
    Set<FieldFilter.Field> fields = FieldFilter.fields(body.optionalStrings(name));
    if (fields == null) {
      body.refuse(name, FieldFilter.RULE);
      return Set.of();
    }
    return fields;
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
  public Left unsubscribe(InputStream in, @Context HttpServletRequest request) {
    Named named = JsonBody.read(in, Named::of);
    Scope scope = scope(named);
    if (!sessions.unsubscribe(
        caller.getSubject(), named.requestId, named.selector(), Arrivals.of(request))) {
      throw Problem.notFound("Subscription " + name(scope));
    }
    return new Left("unsubscribed");
  }

  private static String name(Scope scope) {
    if (scope instanceof Scope.Model model) {
      return "model " + model.id();
    }
    String entityId = scope.entityId();
    return entityId == null ? "fleet" : entityId;
  }

  /** Lists who watches what, of one device or of all. */
  @GET
  @Path("/subscriptions")
  @RolesAllowed("editor")
  public Subscriptions list(@QueryParam("device_id") @Nullable String deviceId) {
    Integer only = QueryParameter.optionalInteger("device_id", deviceId);
    Map<Integer, Watched> byDevice = new TreeMap<>();
    List<String> ofMany = new ArrayList<>();
    for (Session session : sessions.all()) {
      String requestId = session.requestId();
      session.subscriptions().forEach((id, entityId) -> add(byDevice, id, entityId, requestId));
      if (session.isOfMany()) {
        ofMany.add(requestId);
      }
    }
    sessions.elsewhere().forEach(watching -> add(watching, byDevice, ofMany));
    List<Watched> all = new ArrayList<>();
    if (only == null && !ofMany.isEmpty()) {
      all.add(new Watched(null, null, ofMany).sorted());
    }
    byDevice.values().stream()
        .filter(watched -> only == null || only.equals(watched.deviceId))
        .map(Watched::sorted)
        .forEach(all::add);
    return new Subscriptions(all);
  }

  private static void add(
      Sessions.Watching watching, Map<Integer, Watched> byDevice, List<String> ofMany) {
    boolean many = false;
    for (Subscription each : watching.subscriptions()) {
      Integer deviceId = each.selector().deviceId();
      String entityId = each.scope().entityId();
      if (deviceId != null && entityId != null) {
        add(byDevice, deviceId, entityId, watching.requestId());
      } else {
        many = true;
      }
    }
    if (many) {
      ofMany.add(watching.requestId());
    }
  }

  private static void add(
      Map<Integer, Watched> byDevice, int deviceId, String entityId, String requestId) {
    byDevice
        .computeIfAbsent(deviceId, id -> new Watched(id, entityId, new ArrayList<>()))
        .requestIds
        .add(requestId);
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
