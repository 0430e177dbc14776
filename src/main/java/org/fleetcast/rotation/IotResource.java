package org.fleetcast.rotation;

import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.fleetcast.devices.Provisioning;

/** What a device asks for, with its own token. */
@Path("/iot")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("device")
@Singleton
@Tag(name = "Devices' own")
public class IotResource {
  private final Handover handover;
  private final JsonWebToken caller;
  private final ManagedScheduledExecutorService scheduler;

  @Inject
  public IotResource(
      Handover handover, JsonWebToken caller, ManagedScheduledExecutorService scheduler) {
    this.handover = handover;
    this.caller = caller;
    this.scheduler = scheduler;
  }

  @GET
  @Path("/config")
  @Operation(
      summary = "The device's config, to the letter",
      description =
          "With a token that was obtained with the new secret it also ends the device's turn in the"
              + " rotation.")
  public Response config() {
    Instant issuedAt = Instant.ofEpochSecond(caller.getIssuedAtTime());
    return Response.ok(handover.config(clientId(), issuedAt, Instant.now()))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .build();
  }

  @GET
  @Path("/provisioning")
  @Operation(
      summary = "The device's credentials and addresses",
      description =
          "In its turn the device gets a new secret, the same one however often it asks; the answer"
              + " comes when the second in which that was made is over. Never to be stored in a"
              + " cache.")
  @APIResponseSchema(value = Provisioning.class, responseCode = "200")
  public CompletionStage<Response> provisioning() {
    Handover.Answer answer = handover.provision(clientId());
    Response response =
        Response.ok(answer.provisioning()).header(HttpHeaders.CACHE_CONTROL, "no-store").build();
    if (answer.rest().isZero()) {
      return CompletableFuture.completedFuture(response);
    }
    CompletableFuture<Response> later = new CompletableFuture<>();
    scheduler.schedule(
        () -> later.complete(response), answer.rest().toMillis() + 1, TimeUnit.MILLISECONDS);
    return later;
  }

  /** The party that got the token; that there is one is what makes the caller a device. */
  private String clientId() {
    Object party = caller.getClaim("azp");
    return String.valueOf(party == null ? caller.getClaim("client_id") : party);
  }
}
