package org.fleetcast.history;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.fleetcast.live.LogLevel;
import org.fleetcast.live.PrintableJson;
import org.fleetcast.sink.LineJson;
import org.fleetcast.sink.LogTime;
import org.fleetcast.sink.StoredLine;
import org.jspecify.annotations.Nullable;

/**
 * A page of history, or a histogram, as JSON that a terminal can show, whose numbers of devices
 * stay as they were written.
 */
final class PageJson {
  /** What a row has beside its texts, roughly. */
  private static final int FIELDS = 200;

  private PageJson() {}

  /**
   * The page.
   *
   * @param more what each line has beside the fields that all have: {@code sgr}, {@code tag} or
   *     {@code fields}
   * @param fleet whose lines they are, so that each names its device; null where all are of one
   */
  static byte[] of(HistoryPage page, Set<String> more, @Nullable Entities fleet) {
    long size = page.rows().stream().mapToLong(row -> row.size() + FIELDS).sum();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(FIELDS + (int) size);
    // As a text: what a device sent may have half a surrogate, which is no UTF-8.
    Writer out = new Printable(new OutputStreamWriter(bytes, StandardCharsets.UTF_8));
    try (JsonGenerator json = LineJson.MAPPER.getFactory().createGenerator(out)) {
      json.writeStartObject();
      json.writeBooleanField("has_more", page.more());
      json.writeArrayFieldStart("logs");
      for (StoredLine row : page.rows()) {
        write(json, row, more, fleet);
      }
      json.writeEndArray();
      text(json, "next_cursor", page.cursor());
      text(json, "window_end", page.windowEnd());
      text(json, "window_start", page.windowStart());
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException("Memory takes every character", impossible);
    }
    return bytes.toByteArray();
  }

  /** Escapes what {@link PrintableJson} does, piece by piece: a page is large. */
  private static final class Printable extends FilterWriter {
    Printable(Writer out) {
      super(out);
    }

    @Override
    public void write(int c) throws IOException {
      out.write(PrintableJson.of(String.valueOf((char) c)));
    }

    @Override
    public void write(char[] text, int from, int length) throws IOException {
      out.write(PrintableJson.of(new String(text, from, length)));
    }

    @Override
    public void write(String text, int from, int length) throws IOException {
      out.write(PrintableJson.of(text.substring(from, from + length)));
    }
  }

  /** A histogram. */
  static byte[] of(Histogram histogram) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = LineJson.MAPPER.getFactory().createGenerator(bytes)) {
      json.writeStartObject();
      json.writeArrayFieldStart("buckets");
      for (int part = 0; part < histogram.parts(); part++) {
        json.writeStartObject();
        json.writeStringField("start", histogram.start(part));
        for (LogLevel level : LogLevel.values()) {
          json.writeNumberField(level.name(), histogram.lines(part, level));
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeNumberField("bucket_seconds", histogram.seconds());
      text(json, "counted_from", histogram.countedFrom());
      json.writeStringField("end", LogTime.text(histogram.range().to()));
      json.writeStringField("start", LogTime.text(histogram.range().from()));
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException("Memory takes every byte", impossible);
    }
    return bytes.toByteArray();
  }

  private static void write(
      JsonGenerator json, StoredLine row, Set<String> more, @Nullable Entities fleet)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("id", row.id());
    json.writeStringField("timestamp", LogTime.text(row.at()));
    if (fleet != null) {
      device(json, fleet, fleet.owner(row.entityId()));
    }
    json.writeStringField("message", row.message());
    if (more.contains("sgr")) {
      text(json, "sgr", row.sgr());
    }
    if (more.contains("tag")) {
      text(json, "tag", row.tag());
    }
    text(json, "level", row.level());
    if (more.contains("fields")) {
      json.writeFieldName("fields");
      json.writeRawValue(String.valueOf(row.fields()));
    }
    json.writeEndObject();
  }

  private static void device(JsonGenerator json, Entities fleet, @Nullable String entityId)
      throws IOException {
    Integer device = entityId == null ? null : fleet.device(entityId);
    json.writeFieldName("device_id");
    if (device == null) {
      json.writeNull();
    } else {
      json.writeNumber(device);
    }
    text(json, "device_entity_id", entityId);
  }

  private static void text(JsonGenerator json, String name, @Nullable String value)
      throws IOException {
    json.writeFieldName(name);
    if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value);
    }
  }
}
