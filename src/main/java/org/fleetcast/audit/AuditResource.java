package org.fleetcast.audit;

import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.fleetcast.problem.QueryParameter;
import org.jspecify.annotations.Nullable;

/** The audit over HTTP. */
@Path("/audit")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed("editor")
@Singleton
public class AuditResource {
  private static final int PAGE = 100;

  private final Audit audit;
  private final AuditStore store;

  @Inject
  public AuditResource(Audit audit, AuditStore store) {
    this.audit = audit;
    this.store = store;
  }

  /** A page of entries, newest first, and how to get the next one. */
  public record Entries(List<AuditEntry> entries, boolean hasMore, @Nullable String nextCursor) {}

  @GET
  public Entries list(
      @QueryParam("start") @Nullable String start,
      @QueryParam("end") @Nullable String end,
      @QueryParam("cursor") @Nullable String cursor) {
    AuditRange range =
        AuditRange.of(
            QueryParameter.given(start), QueryParameter.given(end), QueryParameter.given(cursor));
    audit.store(); // so that everybody finds what he did a moment ago
    List<AuditStore.Row> rows = store.page(range, PAGE + 1);
    boolean more = rows.size() > PAGE;
    List<AuditStore.Row> page = more ? rows.subList(0, PAGE) : rows;
    return new Entries(
        page.stream().map(AuditStore.Row::entry).toList(),
        more,
        more ? range.after(page.get(PAGE - 1).entry().at(), page.get(PAGE - 1).id()) : null);
  }
}
