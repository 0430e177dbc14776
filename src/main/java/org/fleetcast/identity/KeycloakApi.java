package org.fleetcast.identity;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.FormParam;
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
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.rest.client.ext.ResponseExceptionMapper;

/**
 * What we use of Keycloak's HTTP interface. Every method throws {@link Refused} or {@link Failed}
 * for an answer that is no success, and the client's own exception when there was none. Public,
 * because the server makes the client of it in a class loader of its own.
 */
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public interface KeycloakApi {
  /** {@code access_token} and {@code expires_in}, among others. */
  @POST
  @Path("realms/{realm}/protocol/openid-connect/token")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  JsonObject token(
      @PathParam("realm") String realm,
      @FormParam("grant_type") String grantType,
      @FormParam("client_id") String clientId,
      @FormParam("client_secret") String clientSecret);

  /** The client of exactly that id, or none. */
  @GET
  @Path("admin/realms/{realm}/clients")
  JsonArray clients(
      @PathParam("realm") String realm,
      @HeaderParam(HttpHeaders.AUTHORIZATION) String bearer,
      @QueryParam("clientId") String clientId);

  /** The first clients whose ids contain a text. */
  @GET
  @Path("admin/realms/{realm}/clients")
  JsonArray search(
      @PathParam("realm") String realm,
      @HeaderParam(HttpHeaders.AUTHORIZATION) String bearer,
      @QueryParam("clientId") String part,
      @QueryParam("search") boolean search,
      @QueryParam("max") int max);

  @POST
  @Path("admin/realms/{realm}/clients")
  void create(
      @PathParam("realm") String realm,
      @HeaderParam(HttpHeaders.AUTHORIZATION) String bearer,
      JsonObject client);

  /** Writes the fields that are there and leaves the others as they are. */
  @PUT
  @Path("admin/realms/{realm}/clients/{uuid}")
  void update(
      @PathParam("realm") String realm,
      @HeaderParam(HttpHeaders.AUTHORIZATION) String bearer,
      @PathParam("uuid") String uuid,
      JsonObject fields);

  @DELETE
  @Path("admin/realms/{realm}/clients/{uuid}")
  void delete(
      @PathParam("realm") String realm,
      @HeaderParam(HttpHeaders.AUTHORIZATION) String bearer,
      @PathParam("uuid") String uuid);

  /** {@code value} is the secret. */
  @GET
  @Path("admin/realms/{realm}/clients/{uuid}/client-secret")
  JsonObject secret(
      @PathParam("realm") String realm,
      @HeaderParam(HttpHeaders.AUTHORIZATION) String bearer,
      @PathParam("uuid") String uuid);

  /** Makes a new secret and answers it as {@link #secret}. */
  @POST
  @Path("admin/realms/{realm}/clients/{uuid}/client-secret")
  JsonObject regenerate(
      @PathParam("realm") String realm,
      @HeaderParam(HttpHeaders.AUTHORIZATION) String bearer,
      @PathParam("uuid") String uuid);

  /** Ends the life of the secret before the current one, which a policy may have left good. */
  @DELETE
  @Path("admin/realms/{realm}/clients/{uuid}/client-secret/rotated")
  void withdrawRotated(
      @PathParam("realm") String realm,
      @HeaderParam(HttpHeaders.AUTHORIZATION) String bearer,
      @PathParam("uuid") String uuid);

  /** Keycloak does not do it, and will not when it is asked again. */
  final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    Refused(String what, int status) {
      super(what);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /** Keycloak could not do it this time. */
  final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failed(int status) {
      super("Keycloak answered " + status);
    }
  }

  /** Tells the answers apart that are no success; a redirect is none either. */
  final class Refusals implements ResponseExceptionMapper<RuntimeException> {
    @Override
    public boolean handles(int status, MultivaluedMap<String, Object> headers) {
      return status >= 300;
    }

    @Override
    public RuntimeException toThrowable(Response response) {
      int status = response.getStatus();
      response.close(); // gives its connection back; what Keycloak says in it is for nobody
      return status >= 500
          ? new Failed(status)
          : new Refused("Keycloak answered " + status, status);
    }
  }
}
