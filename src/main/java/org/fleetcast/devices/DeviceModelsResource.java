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
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.fleetcast.audit.Action;
import org.fleetcast.audit.Audited;
import org.fleetcast.identity.PublicUrl;
import org.fleetcast.problem.JsonBody;
import org.jspecify.annotations.Nullable;

/** The device models over HTTP. */
@Path("/device-models")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("user")
@Singleton
public class DeviceModelsResource {
  private final DeviceModels models;
  private final PublicUrl site;

  @Inject
  public DeviceModelsResource(DeviceModels models, PublicUrl site) {
    this.models = models;
    this.site = site;
  }

  /** The answer to a list of models. */
  public record DeviceModelList(List<DeviceModelSummary> deviceModels, int count) {}

  /** What a new model is made of. */
  public record NewDeviceModel(String code, String name, @Nullable String configSchema) {
    private static final Pattern CODE = Pattern.compile("[a-z0-9_]{1,50}");

    static NewDeviceModel read(InputStream in) {
      return JsonBody.read(in, NewDeviceModel::of);
    }

    private static NewDeviceModel of(JsonBody body) {
      NewDeviceModel model =
          new NewDeviceModel(
              body.string("code"), body.string("name"), body.optionalString("config_schema"));
      body.end(); // what is missing is not also called wrong
      if (!CODE.matcher(model.code).matches()) {
        body.refuse("code", "must be 1 to 50 characters of a-z, 0-9 and _");
      }
      checkName(body, model.name);
      return model;
    }
  }

  /** What is changed of a model; null or absent leaves a part as it is. */
  public record DeviceModelUpdate(@Nullable String name, @Nullable String configSchema) {
    static DeviceModelUpdate read(InputStream in) {
      return JsonBody.read(in, DeviceModelUpdate::of);
    }

    private static DeviceModelUpdate of(JsonBody body) {
      DeviceModelUpdate update =
          new DeviceModelUpdate(body.optionalString("name"), body.optionalString("config_schema"));
      body.end();
      if (update.name != null) {
        checkName(body, update.name);
      }
      return update;
    }
  }

  @GET
  public DeviceModelList list() {
    List<DeviceModelSummary> found = models.list();
    return new DeviceModelList(found, found.size());
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("editor")
  @Audited(Action.MODEL_CREATE)
  public Response create(InputStream body) {
    NewDeviceModel sent = NewDeviceModel.read(body);
    DeviceModelDetails model =
        models.create(sent.code(), sent.name(), sent.configSchema(), Instant.now());
    return Response.created(site.resource("device-models/" + model.id()))
        .entity(model)
        .tag(IfMatch.tag(model))
        .build();
  }

  @GET
  @Path("/{id}")
  public Response get(@PathParam("id") int id) {
    return tagged(models.details(id));
  }

  @PUT
  @Path("/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @RolesAllowed("editor")
  @Audited(Action.MODEL_CHANGE)
  public Response change(
      @PathParam("id") int id,
      @HeaderParam(HttpHeaders.IF_MATCH) List<String> ifMatch,
      InputStream body) {
    DeviceModelUpdate sent = DeviceModelUpdate.read(body);
    return tagged(
        models.change(id, sent.name(), sent.configSchema(), IfMatch.of(ifMatch), Instant.now()));
  }

  @DELETE
  @Path("/{id}")
  @RolesAllowed("editor")
  @Audited(Action.MODEL_DELETE)
  public void delete(
      @PathParam("id") int id, @HeaderParam(HttpHeaders.IF_MATCH) List<String> ifMatch) {
    models.delete(id, IfMatch.of(ifMatch));
  }

  private static Response tagged(DeviceModelDetails model) {
    return Response.ok(model).tag(IfMatch.tag(model)).build();
  }

  private static void checkName(JsonBody body, String name) {
    int length = name.codePointCount(0, name.length());
    if (length < 1 || length > 255) {
      body.refuse("name", "must be 1 to 255 characters");
    }
    JsonText.storable("name", name);
  }
}
