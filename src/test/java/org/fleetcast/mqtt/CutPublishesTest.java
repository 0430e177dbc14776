package org.fleetcast.mqtt;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.internal.wire.MqttPublish;
import org.eclipse.paho.client.mqttv3.internal.wire.MqttWireMessage;
import org.junit.jupiter.api.Test;

class CutPublishesTest {
  private static final int LIMIT = 100_000;

  private final Random random = new Random(7);
  private final PayloadLimit limit = new PayloadLimit(LIMIT);

  @Test
  void what_is_within_the_limit_passes_byte_for_byte() throws IOException {
    byte[] sent =
        joined(
            publish("a", 1, new byte[0]),
            publish("a/b", 0, bytes(5)),
            new byte[] {(byte) 0xd0, 0}, // a PINGRESP
            publish("t", 7, bytes(LIMIT)),
            publish("t".repeat(300), 7, bytes(LIMIT)));
    assertThat(slowly(cut(new ByteArrayInputStream(sent)))).isEqualTo(sent);
  }

  @Test
  void a_payload_over_the_limit_is_cut_and_known_by_its_length_and_hash() throws Exception {
    byte[] payload = bytes(3 * LIMIT);
    byte[] sent =
        joined(publish("big", 9, payload), publish("next", 10, bytes(3)), publish("b", 0, payload));
    List<MqttPublish> messages = messages(cut(new ByteArrayInputStream(sent)));
    assertThat(messages).extracting(MqttPublish::getTopicName).containsExactly("big", "next", "b");
    assertThat(messages).extracting(MqttPublish::getMessageId).containsExactly(9, 10, 0);
    assertThat(messages.get(1).getMessage().getPayload()).hasSize(3);
    assertCut(messages.get(0), payload);
    assertCut(messages.get(2), payload);
  }

  @Test
  void reads_that_time_out_at_any_byte_lose_nothing() throws Exception {
    byte[] payload = bytes(2 * LIMIT);
    byte[] sent =
        joined(
            publish("a", 1, bytes(5)),
            publish("big", 9, payload),
            publish("t".repeat(40_000), 3, payload),
            publish("b", 2, bytes(7)));
    byte[] read = patiently(cut(new Interrupted(sent)));
    List<MqttPublish> messages = messages(new ByteArrayInputStream(read));
    assertThat(messages).extracting(MqttPublish::getMessageId).containsExactly(1, 9, 3, 2);
    assertCut(messages.get(1), payload);
    assertCut(messages.get(2), payload);
  }

  /** Paho forgets the first byte when one of the length does not come. */
  @Test
  void no_read_times_out_within_the_header_of_a_packet() throws IOException {
    byte[] sent =
        joined(
            publish("a", 1, bytes(300)),
            publish("big", 9, bytes(4 * LIMIT)),
            publish("b", 2, bytes(LIMIT)));
    InputStream cut = cut(new Interrupted(sent));
    List<Integer> lengths = new ArrayList<>();
    for (int first = patientByte(cut); first >= 0; first = patientByte(cut)) {
      int length = 0;
      int shift = 0;
      int next;
      do {
        next = cut.read();
        length |= (next & 0x7f) << shift;
        shift += 7;
      } while (next > 0x7f);
      for (int i = 0; i < length; i++) {
        assertThat(patientByte(cut)).isNotNegative();
      }
      lengths.add(length);
    }
    assertThat(lengths)
        .containsExactly(305, 7 + PayloadLimit.KEPT + PayloadLimit.TRAILER, 5 + LIMIT);
  }

  @Test
  void while_a_payload_is_skipped_bytes_come_all_the_time() throws IOException {
    byte[] sent = publish("big", 9, bytes(40 * LIMIT));
    AtomicLong taken = new AtomicLong();
    InputStream slow =
        new FilterInputStream(new ByteArrayInputStream(sent)) {
          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            int count = super.read(into, offset, Math.min(length, 1_400));
            taken.addAndGet(count);
            return count;
          }
        };
    InputStream cut = cut(slow);
    byte[] piece = new byte[1 << 20];
    for (int before = 0, count = cut.read(piece); count > 0; count = cut.read(piece)) {
      if (before > 0) {
        assertThat(taken.get() - before).isLessThan(10_000);
      }
      before = taken.intValue();
    }
  }

  @Test
  void a_seal_of_another_connection_is_part_of_the_payload() throws IOException {
    byte[] sealed =
        messages(cut(new ByteArrayInputStream(publish("big", 9, bytes(2 * LIMIT)))))
            .get(0)
            .getMessage()
            .getPayload();
    assertThat(new PayloadLimit(LIMIT).uncover(sealed)).isNull();
  }

  @Test
  void a_small_limit_cuts_nothing_and_tells_what_is_over_it() {
    PayloadLimit small = new PayloadLimit(100);
    byte[] large = bytes(101);
    assertThat(small.bytes()).isGreaterThanOrEqualTo(PayloadLimit.KEPT + PayloadLimit.TRAILER);
    assertThat(small.uncover(bytes(100))).isNull();
    OversizedPayload over = requireNonNull(small.uncover(large));
    assertThat(over.beginning()).isEqualTo(large);
    assertThat(over.length()).isEqualTo(101);
  }

  @Test
  void a_connection_that_ends_within_a_message_ends_for_its_reader() {
    byte[] sent = publish("big", 9, bytes(2 * LIMIT));
    for (int length : new int[] {1, 3, 5, 1_000, LIMIT, sent.length - 1}) {
      InputStream cut = cut(new ByteArrayInputStream(Arrays.copyOf(sent, length)));
      assertThatThrownBy(cut::readAllBytes).isInstanceOf(IOException.class);
    }
  }

  @Test
  void a_length_of_more_than_four_bytes_is_refused() {
    byte[] sent = {0x32, -1, -1, -1, -1, 1};
    assertThatThrownBy(() -> cut(new ByteArrayInputStream(sent)).read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("malformed");
  }

  private InputStream cut(InputStream received) {
    return limit.apply(received);
  }

  private void assertCut(MqttPublish message, byte[] payload) throws NoSuchAlgorithmException {
    OversizedPayload found = requireNonNull(limit.uncover(message.getMessage().getPayload()));
    assertThat(found.beginning()).isEqualTo(Arrays.copyOf(payload, PayloadLimit.KEPT));
    assertThat(found.length()).isEqualTo(payload.length);
    assertThat(found.sha256()).isEqualTo(MessageDigest.getInstance("SHA-256").digest(payload));
  }

  /** Every second read times out, and the others give little. */
  private static final class Interrupted extends FilterInputStream {
    private boolean late;

    Interrupted(byte[] sent) {
      super(new ByteArrayInputStream(sent));
    }

    @Override
    public int read() throws IOException {
      pause();
      return super.read();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      pause();
      return super.read(into, offset, Math.min(length, 1_001));
    }

    private void pause() throws SocketTimeoutException {
      late = !late;
      if (late) {
        throw new SocketTimeoutException();
      }
    }
  }

  private static byte[] patiently(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] piece = new byte[5_000];
    while (true) {
      try {
        int count = in.read(piece);
        if (count < 0) {
          return all.toByteArray();
        }
        all.write(piece, 0, count);
      } catch (SocketTimeoutException again) {
        assertThat(again.bytesTransferred).isZero();
      }
    }
  }

  private static int patientByte(InputStream in) throws IOException {
    while (true) {
      try {
        return in.read();
      } catch (SocketTimeoutException again) {
        assertThat(again.bytesTransferred).isZero();
      }
    }
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** A PUBLISH as a broker sends it, of QoS 1, or 0 when it has no packet id. */
  private static byte[] publish(String topic, int packetId, byte[] payload) {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(packetId == 0 ? 0x30 : 0x32);
    int left = 2 + topic.length() + (packetId == 0 ? 0 : 2) + payload.length;
    while (left > 0x7f) {
      packet.write(left & 0x7f | 0x80);
      left >>= 7;
    }
    packet.write(left);
    packet.write(topic.length() >> 8);
    packet.write(topic.length());
    packet.writeBytes(topic.getBytes(StandardCharsets.US_ASCII));
    if (packetId != 0) {
      packet.write(packetId >> 8);
      packet.write(packetId);
    }
    packet.writeBytes(payload);
    return packet.toByteArray();
  }

  private static byte[] joined(byte[]... packets) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Arrays.stream(packets).forEach(all::writeBytes);
    return all.toByteArray();
  }

  /** By single bytes and by odd pieces, as a network would. */
  private byte[] slowly(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] piece = new byte[999];
    for (int first = in.read(); first >= 0; first = in.read()) {
      all.write(first);
      int count = in.read(piece, 0, 1 + random.nextInt(piece.length - 1));
      all.write(piece, 0, Math.max(count, 0));
    }
    return all.toByteArray();
  }

  private static List<MqttPublish> messages(InputStream in) throws IOException {
    List<MqttPublish> messages = new ArrayList<>();
    byte[] all = in.readAllBytes();
    for (int at = 0; at < all.length; ) {
      int length = 0;
      int end = at + 1;
      for (int shift = 0; shift == 0 || all[end - 1] < 0; shift += 7) {
        length |= (all[end++] & 0x7f) << shift;
      }
      end += length;
      try {
        messages.add(
            (MqttPublish) MqttWireMessage.createWireMessage(Arrays.copyOfRange(all, at, end)));
      } catch (MqttException malformed) {
        throw new IOException(malformed);
      }
      at = end;
    }
    return messages;
  }
}
