package org.fleetcast.sink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.fleetcast.sink.JournalLine.Kind;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.jspecify.annotations.Nullable;

/** How an entry lies in the journal's file. The key, its time, lies beside it. */
final class JournalLineType extends BasicDataType<JournalLine> {
  private static final int OVERHEAD = 120;

  @Override
  public int getMemory(JournalLine entry) {
    return OVERHEAD + entry.json().length;
  }

  @Override
  public void write(WriteBuffer buffer, JournalLine entry) {
    buffer.putLong(entry.at());
    buffer.put((byte) entry.kind().ordinal());
    writeText(buffer, entry.id());
    writeText(buffer, entry.entityId());
    buffer.putVarInt(entry.json().length).put(entry.json());
  }

  @Override
  public JournalLine read(ByteBuffer buffer) {
    long at = buffer.getLong();
    Kind kind = Kind.values()[buffer.get()];
    String id = readText(buffer);
    String entityId = readText(buffer);
    byte[] json = readBytes(buffer);
    return new JournalLine(at, id == null ? "" : id, kind, entityId, json);
  }

  @Override
  public JournalLine[] createStorage(int size) {
    return new JournalLine[size];
  }

  /** Null is written as length 0, a text with its length plus one. */
  private static void writeText(WriteBuffer buffer, @Nullable String text) {
    if (text == null) {
      buffer.putVarInt(0);
    } else {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      buffer.putVarInt(bytes.length + 1).put(bytes);
    }
  }

  private static @Nullable String readText(ByteBuffer buffer) {
    int length = DataUtils.readVarInt(buffer);
    if (length == 0) {
      return null;
    }
    return new String(readBytes(buffer, length - 1), StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(ByteBuffer buffer) {
    return readBytes(buffer, DataUtils.readVarInt(buffer));
  }

  /** A length that a bad sector made up takes no memory. */
  private static byte[] readBytes(ByteBuffer buffer, int length) {
    if (length < 0 || length > buffer.remaining()) {
      throw DataUtils.newMVStoreException(
          DataUtils.ERROR_FILE_CORRUPT, "A line is said to have {0} bytes", length);
    }
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }
}
