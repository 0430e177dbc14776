package org.fleetcast.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.http.ContentTooLongException;
import org.apache.http.HttpEntity;
import org.apache.http.HttpResponse;
import org.apache.http.entity.ContentType;
import org.apache.http.nio.ContentDecoder;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.protocol.HttpAsyncResponseConsumer;
import org.elasticsearch.client.HeapBufferedAsyncResponseConsumer;
import org.elasticsearch.client.HttpAsyncResponseConsumerFactory;
import org.fleetcast.problem.Problem;

/**
 * The answer to one request, of at most that many bytes. The client's own bound is compared with
 * the announced length only, and Elasticsearch announces none. An answer over the bound is
 * cancelled, which closes its connection: to throw would mark the node as dead.
 */
final class BoundedAnswer implements HttpAsyncResponseConsumerFactory {
  private final int most;
  private volatile boolean tooLong;

  BoundedAnswer(int most) {
    this.most = most;
  }

  /**
   * Waits for the answer.
   *
   * @throws ContentTooLongException when it is larger than it may be
   * @throws Problem 503 when the reading was cancelled
   */
  <T> T await(Lookup reading, CompletableFuture<T> answer, Duration patience) throws IOException {
    try {
      T found = reading.await(answer, patience);
      if (!tooLong) {
        return found;
      }
    } catch (Problem | IOException failure) {
      if (!tooLong) {
        throw failure;
      }
    }
    throw new ContentTooLongException("the answer has more than " + most + " bytes");
  }

  @Override
  public HttpAsyncResponseConsumer<HttpResponse> createHttpAsyncResponseConsumer() {
    return new Consumer();
  }

  private final class Consumer extends HeapBufferedAsyncResponseConsumer {
    private long left = most;

    Consumer() {
      super(most);
    }

    @Override
    protected void onEntityEnclosed(HttpEntity entity, ContentType type) throws IOException {
      if (entity.getContentLength() > most) {
        tooLong = true;
      } else {
        super.onEntityEnclosed(entity, type);
      }
    }

    @Override
    protected void onContentReceived(ContentDecoder decoder, IOControl control) throws IOException {
      if (!tooLong) {
        super.onContentReceived(new Counted(decoder), control);
      }
      if (tooLong && !decoder.isCompleted()) {
        cancel();
      }
    }

    private final class Counted implements ContentDecoder {
      private final ContentDecoder decoder;

      Counted(ContentDecoder decoder) {
        this.decoder = decoder;
      }

      @Override
      public int read(ByteBuffer into) throws IOException {
        int read = tooLong ? 0 : decoder.read(into);
        left -= Math.max(read, 0);
        if (left < 0) {
          tooLong = true;
        }
        return read;
      }

      @Override
      public boolean isCompleted() {
        return decoder.isCompleted();
      }
    }
  }
}
