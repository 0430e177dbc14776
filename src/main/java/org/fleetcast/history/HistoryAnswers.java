package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Function;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/** Answers questions about what was logged: a page as JSON, or the whole range as a download. */
@Singleton
class HistoryAnswers {
  private final History history;
  private final LineCounts counts;
  private final Readers readers;

  @Inject
  public HistoryAnswers(History history, LineCounts counts, Readers readers) {
    this.history = history;
    this.counts = counts;
    this.readers = readers;
  }

  /**
   * What is asked for.
   *
   * @param fleet whether each line is to name its device
   * @param more what each line of a page has beside the fields that all have
   * @param text whether all of the range is wanted, as text
   * @param file what a download is called
   */
  record Question(
      Entities whose,
      boolean fleet,
      HistoryRange range,
      LineQuery wanted,
      Set<String> more,
      boolean text,
      String file) {
    @Nullable Entities named() {
      return fleet ? whose : null;
    }

    private String text(StoredLine row) {
      String entityId = fleet ? whose.owner(row.entityId()) : null;
      return entityId == null ? row.text() : row.textOf(entityId);
    }
  }

  /** Answers it when it is the user's turn. */
  void answer(String subject, Question asked, Reply reply) {
    if (asked.text()) {
      download(subject, asked, reply);
    } else {
      page(subject, asked, reply);
    }
  }

  /** Counts lines when it is the user's turn. */
  void answer(String subject, LineCounts.Question asked, Reply reply) {
    readers.read(
        subject,
        task -> {
          byte[] body = PageJson.of(counts.count(asked, task.read(Readers.PATIENCE)));
          task.worked();
          reply.send("application/json", body);
        },
        reply);
  }

  private void page(String subject, Question asked, Reply reply) {
    readers.read(
        subject,
        task -> {
          HistoryPage page =
              history.page(
                  asked.whose(), asked.range(), asked.wanted(), task.read(Readers.PATIENCE));
          byte[] body = PageJson.of(page, asked.more(), asked.named());
          task.worked();
          reply.send("application/json", body);
        },
        reply);
  }

  private void download(String subject, Question asked, Reply reply) {
    LineQuery wanted = asked.wanted().inParts();
    Function<HistoryRange, HistoryPage> pages =
        part ->
            readers.page(subject, reading -> history.page(asked.whose(), part, wanted, reading));
    readers.download(
        subject,
        task -> {
          // The first page is read before the answer begins, so that a failure has its status.
          HistoryPage first = pages.apply(asked.range().forward());
          reply.header("Content-Disposition", "attachment; filename=\"" + asked.file() + "\"");
          reply.send("text/plain; charset=utf-8", out -> write(out, first, asked, pages));
        },
        reply);
  }

  private static void write(
      OutputStream out,
      HistoryPage first,
      Question asked,
      Function<HistoryRange, HistoryPage> pages)
      throws IOException {
    HistoryPage page = first;
    while (true) {
      for (StoredLine row : page.rows()) {
        out.write(asked.text(row).getBytes(StandardCharsets.UTF_8));
      }
      HistoryRange next = page.next();
      if (next == null) {
        return;
      }
      page = pages.apply(next);
    }
  }
}
