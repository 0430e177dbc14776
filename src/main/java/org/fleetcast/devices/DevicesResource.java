package org.fleetcast.devices;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audited;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.identity.PublicUrl;
import org.fleetcast.problem.JsonBody;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.QueryParameter;
import org.jspecify.annotations.Nullable;

/** The devices over HTTP. */
@Path("/devices")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("user")
@Singleton
public class DevicesResource {
  private final Devices devices;
  private final Enrolment enrolment;
  private final Provisioner provisioner;
  private final CredentialIssuer issuer;

  private final PublicUrl site;

  @Inject
  public DevicesResource(
      Devices devices,
      Enrolment enrolment,
      Provisioner provisioner,
      CredentialIssuer issuer,
      PublicUrl site) {
    this.site = site;
    this.devices = devices;
    this.enrolment = enrolment;
    this.provisioner = provisioner;
    this.issuer = issuer;
  }

  /** The answer to a list of devices. */
  public record DeviceList(List<DeviceSummary> devices, int count) {}

  /** The answer to whoever asks for the coredumps of a device. */
  public record CoredumpList(List<String> coredumps, int count) {
    static CoredumpList none() {
      return new CoredumpList(List.of(), 0);
    }
  }

  /** What a new device is made of. */
  public record NewDevice(int deviceModelId, String config) {
    static NewDevice read(InputStream in) {
      return JsonBody.read(
          in, body -> new NewDevice(body.integer("device_model_id"), body.string("config")));
    }
  }

  /** What is written of a device. */
  public record DeviceUpdate(String config, boolean active) {
    static DeviceUpdate read(InputStream in) {
      return JsonBody.read(
          in, body -> new DeviceUpdate(body.string("config"), body.bool("active")));
    }
  }

  @GET
  public DeviceList list(
      @QueryParam("model_id") @Nullable String modelId,
      @QueryParam("rotation_state") @Nullable String state) {
    List<DeviceSummary> found =
        devices.list(QueryParameter.optionalInteger("model_id", modelId), rotationState(state));
    return new DeviceList(found, found.size());
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("editor")
  @Audited(Action.DEVICE_CREATE)
  public Response create(InputStream body) {
    NewDevice sent = NewDevice.read(body);
    DeviceDetails device =
        enrolment.enrol(sent.deviceModelId(), DeviceConfig.read(sent.config()), Instant.now());
    return Response.created(site.resource("devices/" + device.id()))
        .entity(device)
        .tag(IfMatch.tag(device))
        .build();
  }

  @GET
  @Path("/{id}")
  public Response get(@PathParam("id") int id) {
    return tagged(devices.details(id));
  }

  @PUT
  @Path("/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("editor")
  @Audited(Action.DEVICE_CHANGE)
  public Response change(
      @PathParam("id") int id,
      @HeaderParam(HttpHeaders.IF_MATCH) List<String> ifMatch,
      InputStream body) {
    DeviceUpdate sent = DeviceUpdate.read(body);
    DeviceConfig config = DeviceConfig.read(sent.config());
    return tagged(devices.change(id, config, sent.active(), IfMatch.of(ifMatch), Instant.now()));
  }

  @DELETE
  @Path("/{id}")
  @RolesAllowed("editor")
  @Audited(Action.DEVICE_DELETE)
  public void delete(
      @PathParam("id") int id, @HeaderParam(HttpHeaders.IF_MATCH) List<String> ifMatch) {
    devices.delete(id, IfMatch.of(ifMatch));
  }

  @GET
  @Path("/{id}/provisioning")
  @RolesAllowed("editor")
  @Audited(Action.DEVICE_CREDENTIALS_READ)
  public Response provisioning(
      @PathParam("id") int id, @QueryParam("partition_size") @Nullable String partitionSize) {
    Integer size = partitionSize == null ? null : NvsPartition.size(partitionSize); // "" is none
    Device device = devices.get(id);
    Provisioning told = provisioner.of(device, issuer.secret(device.clientId()).value());
    return Response.ok(size == null ? told : NvsPartition.of(size, told))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .build();
  }

  @GET
  @Path("/{id}/keycloak-status")
  public ClientStatus clientStatus(@PathParam("id") int id) {
    String clientId = devices.get(id).clientId();
    return ClientStatus.of(clientId, issuer.find(clientId));
  }

  @POST
  @Path("/{id}/keycloak-sync")
  @RolesAllowed("editor")
  @Audited(Action.DEVICE_CLIENT_SYNC)
  public ClientStatus syncClient(@PathParam("id") int id) {
    return devices.syncClient(id, Instant.now());
  }

  @GET
  @Path("/{id}/coredumps")
  public CoredumpList coredumps(@PathParam("id") int id) {
    devices.get(id); // or 404
    return CoredumpList.none();
  }

  private static Response tagged(DeviceDetails device) {
    return Response.ok(device).tag(IfMatch.tag(device)).build();
  }

  private static @Nullable RotationState rotationState(@Nullable String parameter) {
    String text = QueryParameter.given(parameter);
    if (text == null) {
      return null;
    }
    return Arrays.stream(RotationState.values())
        .filter(state -> state.name().equals(text))
        .findFirst()
        .orElseThrow(
            () -> Problem.invalid("rotation_state", "must be OK, QUEUED, PENDING or TIMEOUT"));
  }
}
