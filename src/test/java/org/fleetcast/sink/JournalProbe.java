package org.fleetcast.sink;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Lets a test within the container look into the journal. */
@Singleton
public class JournalProbe {
  private static final int MANY = 1_000;

  private final JournalKeeper keeper;

  @Inject
  public JournalProbe(JournalKeeper keeper) {
    this.keeper = keeper;
  }

  /** The lines of one entity, as JSON. */
  public List<String> of(String entityId) {
    return keeper
        .journal()
        .find(Long.MIN_VALUE, Long.MAX_VALUE, false, MANY, e -> entityId.equals(e.entityId()))
        .stream()
        .map(entry -> new String(entry.json(), StandardCharsets.UTF_8))
        .toList();
  }
}
