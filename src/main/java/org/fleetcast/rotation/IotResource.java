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

/** What a device asks for, with its own token. */
@Path("/iot")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("device")
@Singleton
public class IotResource {
  private final CredentialHandshake handover;
  private final JsonWebToken caller;
  private final ManagedScheduledExecutorService scheduler;

  @Inject
  public IotResource(
      CredentialHandshake handover,
      JsonWebToken caller,
      ManagedScheduledExecutorService scheduler) {
    this.handover = handover;
    this.caller = caller;
    this.scheduler = scheduler;
  }

  @GET
  @Path("/config")
  public Response config() {
    Instant issuedAt = Instant.ofEpochSecond(caller.getIssuedAtTime());
    return Response.ok(handover.config(clientId(), issuedAt, Instant.now()))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .build();
  }

  @GET
  @Path("/provisioning")
  public CompletionStage<Response> provisioning() {
    CredentialHandshake.Answer answer = handover.provision(clientId());
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
