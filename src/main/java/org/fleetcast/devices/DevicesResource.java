package org.fleetcast.devices;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
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
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.fleetcast.identity.CredentialIssuer;
import org.fleetcast.problem.JsonBody;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.QueryParameter;
import org.jspecify.annotations.Nullable;

/** The devices over HTTP. */
@Path("/devices")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("user")
@Singleton
@Tag(name = "Devices")
public class DevicesResource {
  private final Devices devices;
  private final Enrolment enrolment;
  private final Provisioner provisioner;
  private final CredentialIssuer issuer;

  @Inject
  public DevicesResource(
      Devices devices, Enrolment enrolment, Provisioner provisioner, CredentialIssuer issuer) {
    this.devices = devices;
    this.enrolment = enrolment;
    this.provisioner = provisioner;
    this.issuer = issuer;
  }

  /** The answer to a list of devices. */
  public record DeviceList(List<DeviceSummary> devices, int count) {}

  /** The answer to whoever asks for the coredumps of a device. */
  @Schema(name = "CoredumpList")
  public record CoredumpList(List<String> coredumps, int count) {
    static CoredumpList none() {
      return new CoredumpList(List.of(), 0);
    }
  }

  /** What a new device is made of. */
  @Schema(name = "NewDevice")
  public record NewDevice(int deviceModelId, String config) {
    static NewDevice read(InputStream in) {
      return JsonBody.read(
          in, body -> new NewDevice(body.integer("device_model_id"), body.string("config")));
    }
  }

  /** What is written of a device. */
  @Schema(name = "DeviceUpdate")
  public record DeviceUpdate(String config, boolean active) {
    static DeviceUpdate read(InputStream in) {
      return JsonBody.read(
          in, body -> new DeviceUpdate(body.string("config"), body.bool("active")));
    }
  }

  @GET
  @Operation(
      summary = "The devices by key",
      description =
          "model_id keeps those of one model, rotation_state those in one state"
              + " (OK, QUEUED, PENDING or TIMEOUT).")
  public DeviceList list(
      @QueryParam("model_id") @Nullable String modelId,
      @QueryParam("rotation_state") @Nullable String state) {
    List<DeviceSummary> found = devices.list(modelId(modelId), rotationState(state));
    return new DeviceList(found, found.size());
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("editor")
  @Operation(
      summary = "Creates a device and its client at the credential issuer",
      description =
          "config is the text of a JSON object that satisfies the model's schema and is kept to the"
              + " letter. deviceName, deviceEntityId and enableOTA are read from it.")
  @RequestBody(content = @Content(schema = @Schema(implementation = NewDevice.class)))
  @APIResponseSchema(value = DeviceDetails.class, responseCode = "201")
  public Response create(InputStream body) {
    NewDevice sent = NewDevice.read(body);
    DeviceDetails device =
        enrolment.enrol(sent.deviceModelId(), DeviceConfig.read(sent.config()), Instant.now());
    return Response.created(URI.create("devices/" + device.id())).entity(device).build();
  }

  @GET
  @Path("/{id}")
  @Operation(summary = "One device")
  public DeviceDetails get(@PathParam("id") int id) {
    return devices.details(id);
  }

  @PUT
  @Path("/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("editor")
  @Operation(
      summary = "Writes a device's config and whether it is active",
      description =
          "The config is held against the schema that the model has now, also when the schema was"
              + " changed after the device was written. The device is told over MQTT.")
  @RequestBody(content = @Content(schema = @Schema(implementation = DeviceUpdate.class)))
  public DeviceDetails change(@PathParam("id") int id, InputStream body) {
    DeviceUpdate sent = DeviceUpdate.read(body);
    return devices.change(id, DeviceConfig.read(sent.config()), sent.active(), Instant.now());
  }

  @DELETE
  @Path("/{id}")
  @RolesAllowed("editor")
  @Operation(summary = "Deletes a device and its client at the credential issuer")
  @APIResponse(responseCode = "204", description = "It is gone")
  public void delete(@PathParam("id") int id) {
    devices.delete(id);
  }

  @GET
  @Path("/{id}/provisioning")
  @RolesAllowed("editor")
  @Operation(
      summary = "The credentials and addresses to put on a new device",
      description = "The same JSON that the device itself gets; never to be stored in a cache.")
  @APIResponseSchema(value = Provisioning.class, responseCode = "200")
  public Response provisioning(@PathParam("id") int id) {
    Device device = devices.get(id);
    return Response.ok(provisioner.of(device, issuer.secret(device.clientId()).value()))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .build();
  }

  @GET
  @Path("/{id}/keycloak-status")
  @Operation(summary = "Whether the device's client is there at the credential issuer")
  public ClientStatus clientStatus(@PathParam("id") int id) {
    String clientId = devices.get(id).clientId();
    return ClientStatus.of(clientId, issuer.find(clientId));
  }

  @POST
  @Path("/{id}/keycloak-sync")
  @RolesAllowed("editor")
  @Operation(summary = "Creates the device's client at the credential issuer again if it is gone")
  public ClientStatus syncClient(@PathParam("id") int id) {
    return devices.syncClient(id, Instant.now());
  }

  @GET
  @Path("/{id}/coredumps")
  @Operation(
      summary = "The coredumps of a device: none, ever",
      description = "There are no coredumps here; it is answered for pages that ask.")
  public CoredumpList coredumps(@PathParam("id") int id) {
    devices.get(id); // or 404
    return CoredumpList.none();
  }

  private static @Nullable Integer modelId(@Nullable String text) {
    return text == null ? null : Integer.valueOf(QueryParameter.integer("model_id", text));
  }

  private static @Nullable RotationState rotationState(@Nullable String text) {
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
