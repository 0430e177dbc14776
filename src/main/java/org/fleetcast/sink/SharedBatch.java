package org.fleetcast.sink;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one commit of the journal brought, as replicas pass it on.
 *
 * @param state all single values, as they were after it
 * @param changes of the small maps
 * @param gone the numbers of batches that nobody needs any more
 * @param messages the lines of each message, in order
 */
record SharedBatch(
    Map<String, String> state,
    List<MapChange> changes,
    List<Long> gone,
    List<List<JournalLine>> messages) {
  private static final int VERSION = 1;

  /** All lines. */
  List<JournalLine> lines() {
    return messages.stream().flatMap(List::stream).toList();
  }

  byte[] bytes() {
    ByteArrayOutputStream made = new ByteArrayOutputStream(1_024);
    try (DataOutputStream out = new DataOutputStream(made)) {
      out.writeByte(VERSION);
      out.writeInt(state.size());
      for (Map.Entry<String, String> value : state.entrySet()) {
        writeText(out, value.getKey());
        writeText(out, value.getValue());
      }
      out.writeInt(changes.size());
      for (MapChange change : changes) {
        writeText(out, change.map());
        writeText(out, change.key());
        writeBytes(out, change.value());
      }
      out.writeInt(gone.size());
      for (long seq : gone) {
        out.writeLong(seq);
      }
      out.writeInt(messages.size());
      for (List<JournalLine> message : messages) {
        out.writeInt(message.size());
        for (JournalLine line : message) {
          write(out, line);
        }
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return made.toByteArray();
  }

  private static void write(DataOutputStream out, JournalLine line) throws IOException {
    out.writeLong(line.at());
    writeText(out, line.id());
    out.writeByte(line.kind().ordinal());
    writeText(out, line.entityId());
    writeBytes(out, line.json());
  }

  static SharedBatch of(byte[] content) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(content))) {
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new IllegalStateException("A batch is of the unknown version " + version);
      }
      Map<String, String> state = new TreeMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        state.put(text(in), text(in));
      }
      List<MapChange> changes = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        changes.add(new MapChange(text(in), text(in), readBytes(in)));
      }
      List<Long> gone = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        gone.add(in.readLong());
      }
      List<List<JournalLine>> messages = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        messages.add(message(in));
      }
      return new SharedBatch(state, changes, gone, messages);
    } catch (IOException broken) {
      throw new UncheckedIOException("A batch cannot be read", broken);
    }
  }

  private static List<JournalLine> message(DataInputStream in) throws IOException {
    List<JournalLine> message = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      long at = in.readLong();
      String id = text(in);
      JournalLine.Kind kind = JournalLine.Kind.values()[in.readUnsignedByte()];
      String entityId = nullableText(in);
      byte[] json = readBytes(in);
      message.add(new JournalLine(at, id, kind, entityId, json == null ? new byte[0] : json));
    }
    return message;
  }

  private static void writeText(DataOutputStream out, @Nullable String text) throws IOException {
    writeBytes(out, text == null ? null : text.getBytes(StandardCharsets.UTF_8));
  }

  private static void writeBytes(DataOutputStream out, byte @Nullable [] bytes) throws IOException {
    out.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      out.write(bytes);
    }
  }

  private static String text(DataInputStream in) throws IOException {
    String text = nullableText(in);
    return text == null ? "" : text;
  }

  private static @Nullable String nullableText(DataInputStream in) throws IOException {
    byte[] bytes = readBytes(in);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte @Nullable [] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length < 0 ? null : in.readNBytes(length);
  }
}
