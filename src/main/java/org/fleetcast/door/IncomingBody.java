package org.fleetcast.door;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import org.fleetcast.time.SteadyClock;
import org.jspecify.annotations.Nullable;

/** A body on its way, of a caller who has a place for it. */
final class IncomingBody {
  private static final int ROOM = 4096;

  private final PendingBodies waiting;
  private final BodySender caller;
  private final boolean isEncoded;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  /**
   * One that is admitted.
   *
   * @param isEncoded whether the server decodes it on the way, and may fail at that
   */
  IncomingBody(PendingBodies waiting, BodySender caller, boolean isEncoded) {
    this.waiting = waiting;
    this.caller = caller;
    this.isEncoded = isEncoded;
  }

  /** Reads all of it and gives the place back; why it cannot be taken, or null. */
  @Nullable BodyRefusal receive(InputStream in) {
    Instant deadline = SteadyClock.now().plus(caller.deadline());
    byte[] room = new byte[ROOM];
    try {
      while (SteadyClock.now().isBefore(deadline)) {
        int read = in.read(room);
        if (read < 0) {
          return null;
        }
        BodyRefusal refusal = hold(read);
        if (refusal != null) {
          return refusal;
        }
        body.write(room, 0, read);
      }
    } catch (IOException silent) {
      // for longer than the server waits for the next bytes, or gone, or in chunks that are none
      if (SteadyClock.now().isBefore(deadline)) {
        return isEncoded ? BodyRefusal.otherwiseEncoded() : BodyRefusal.broken();
      }
    } finally {
      waiting.leave(caller.name());
    }
    return BodyRefusal.late(caller.deadline());
  }

  private @Nullable BodyRefusal hold(int count) {
    if (body.size() + count > caller.most()) {
      return caller.tooLarge();
    }
    PendingBodies.Answer answer = waiting.hold(caller.name(), count);
    return answer == PendingBodies.Answer.ADMITTED ? null : caller.refusal(answer);
  }

  byte[] bytes() {
    return body.toByteArray();
  }

  /** The request has been worked on. */
  void release() {
    waiting.give(caller.name(), body.size());
  }
}
