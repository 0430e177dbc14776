package org.fleetcast.live;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import java.io.IOException;

/** The stream: {@code GET /api/sse/stream}. */
@Path("/sse")
@Singleton
public class StreamResource {
  private final Streams streams;

  @Inject
  public StreamResource(Streams streams) {
    this.streams = streams;
  }

  /** Opens a stream, or resumes the one of that id. It ends with the caller's token. */
  @GET
  @Path("/stream")
  @RolesAllowed("user")
  public void open(@Suspended AsyncResponse suspended, @BeanParam StreamRequest request)
      throws IOException {
    streams.open(request, request.id(), null);
  }
}
