package org.fleetcast.command;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.fleetcast.tls.PemFault;
import org.fleetcast.tls.PemFile;
import org.fleetcast.tls.PemIdentity;
import org.fleetcast.tls.TlsClient;

/**
 * Logs in at the broker as the server would, and asks for its topic. Under a client id of its own:
 * the broker would take the server's session away. It speaks as much MQTT 3.1.1 as that needs.
 */
final class BrokerLogin {
  private static final String PART = "broker";
  private static final String TOPIC = "iotsupport/logsink";

  private static final int CONNECT = 0x10;
  private static final int CONNACK = 0x20;
  private static final int PUBLISH = 0x30;
  private static final int KIND = 0xf0;
  private static final int SUBSCRIBE = 0x82;
  private static final int SUBACK = 0x90;
  private static final int DISCONNECT = 0xe0;
  private static final int CLEAN_SESSION = 0x02;
  private static final int WITH_PASSWORD = 0x40;
  private static final int WITH_USER = 0x80;
  private static final int KEEP_ALIVE_SECONDS = 30;
  private static final int AT_LEAST_ONCE = 1;
  private static final int REFUSED = 0x80;

  /** More is no answer of a broker to what is asked. */
  private static final int LONGEST = 1 << 20;

  private final Environment environment;

  BrokerLogin(Environment environment) {
    this.environment = environment;
  }

  /** What comes of it at a broker that takes connections. */
  Finding at(URI broker, int port, Duration limit) {
    try (Socket socket = connected(broker, port, limit)) {
      return talk(socket);
    } catch (PemFault fault) {
      return Finding.bad(PART, String.valueOf(fault.getMessage()), "Look at that file.");
    } catch (EOFException hungUp) {
      return Finding.bad(
          PART,
          "It hangs up without an answer",
          "Does it want TLS (mqtts) or a client certificate (MQTT_CERTIFICATE_FILE)?");
    } catch (IOException failure) {
      return Finding.bad(
          PART,
          "It does not answer as a broker: " + failure.getMessage(),
          "Look at MQTT_URL (mqtt or mqtts, and the port) and at MQTT_CA_FILE.");
    }
  }

  private Socket connected(URI broker, int port, Duration limit) throws IOException {
    int millis = (int) limit.toMillis();
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(broker.getHost(), port), millis);
    socket.setSoTimeout(millis);
    if (!"mqtts".equals(broker.getScheme())) {
      return socket;
    }
    SSLSocket secure =
        (SSLSocket)
            tls().context().getSocketFactory().createSocket(socket, broker.getHost(), port, true);
    SSLParameters named = secure.getSSLParameters();
    named.setEndpointIdentificationAlgorithm("HTTPS");
    secure.setSSLParameters(named);
    secure.startHandshake();
    return secure;
  }

  private TlsClient tls() {
    return new TlsClient(
        PemFile.of("MQTT_CA_FILE", environment.variable("MQTT_CA_FILE")),
        PemIdentity.of(
            "MQTT_CERTIFICATE_FILE",
            environment.variable("MQTT_CERTIFICATE_FILE"),
            "MQTT_KEY_FILE",
            environment.variable("MQTT_KEY_FILE")));
  }

  private Finding talk(Socket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    DataInputStream in = new DataInputStream(socket.getInputStream());
    Optional<String> user = environment.variable("MQTT_USERNAME");
    String who = user.map(name -> "as " + name).orElse("without a login");
    send(out, CONNECT, connect(user));
    int code = answer(in, CONNACK)[1];
    if (code != 0) {
      return Finding.bad(
          PART,
          "It refuses us %s: %s".formatted(who, reason(code)),
          "Look at MQTT_USERNAME and MQTT_PASSWORD, and at the broker's users.");
    }
    String topic = environment.variable("LOG_TOPIC").orElse(TOPIC);
    send(out, SUBSCRIBE, subscribe(topic));
    boolean refused = (answer(in, SUBACK)[2] & REFUSED) != 0;
    send(out, DISCONNECT, new byte[0]);
    return refused
        ? Finding.bad(
            PART,
            "It lets us in %s, and refuses the subscription to %s".formatted(who, topic),
            "Its ACL has to let that user read LOG_TOPIC.")
        : Finding.ok(PART, "It lets us in %s, and to %s".formatted(who, topic));
  }

  private byte[] connect(Optional<String> user) throws IOException {
    Optional<String> password = user.flatMap(name -> environment.secret("MQTT_PASSWORD"));
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(body);
    text(data, "MQTT");
    data.writeByte(4); // which is 3.1.1
    data.writeByte(
        CLEAN_SESSION
            | (user.isPresent() ? WITH_USER : 0)
            | (password.isPresent() ? WITH_PASSWORD : 0));
    data.writeShort(KEEP_ALIVE_SECONDS);
    text(data, "doctor-" + UUID.randomUUID().toString().substring(0, 8));
    if (user.isPresent()) {
      text(data, user.get());
    }
    if (password.isPresent()) {
      text(data, password.get());
    }
    return body.toByteArray();
  }

  private static byte[] subscribe(String topic) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(body);
    data.writeShort(1);
    text(data, topic);
    data.writeByte(AT_LEAST_ONCE);
    return body.toByteArray();
  }

  private static void text(DataOutputStream data, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    data.writeShort(bytes.length);
    data.write(bytes);
  }

  private static void send(OutputStream out, int kind, byte[] body) throws IOException {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(kind);
    int left = body.length;
    do {
      packet.write(left > 127 ? left % 128 | 128 : left);
      left /= 128;
    } while (left > 0);
    packet.write(body);
    packet.writeTo(out);
    out.flush();
  }

  /** The body of the answer of that kind; messages that come before it are passed over. */
  private static byte[] answer(DataInputStream in, int kind) throws IOException {
    while (true) {
      int found = in.readUnsignedByte();
      if (found != kind && (found & KIND) != PUBLISH) { // what others published may come between
        throw new IOException("it sends no MQTT");
      }
      int length = 0;
      int shift = 0;
      int part;
      do {
        part = in.readUnsignedByte();
        length |= (part & 127) << shift;
        shift += 7;
      } while (part > 127 && shift < 28);
      if (length > LONGEST) {
        throw new IOException("it sends no MQTT");
      }
      byte[] body = in.readNBytes(length);
      if (body.length < length) {
        throw new EOFException();
      }
      if (found == kind) {
        if (body.length < (kind == SUBACK ? 3 : 2)) {
          throw new IOException("it sends no MQTT");
        }
        return body;
      }
    }
  }

  private static String reason(int code) {
    return switch (code) {
      case 1 -> "it does not speak MQTT 3.1.1";
      case 2 -> "it does not take our client id";
      case 3 -> "it is not available";
      case 4 -> "user name or password are wrong";
      case 5 -> "not authorized";
      default -> "code " + code;
    };
  }
}
