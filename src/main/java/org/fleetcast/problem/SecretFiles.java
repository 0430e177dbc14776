package org.fleetcast.problem;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * The settings that are secrets, from files: {@code MQTT_PASSWORD_FILE} names the file that holds
 * what {@code MQTT_PASSWORD} would. A file that cannot be used is refused when its setting is asked
 * for, in one sentence.
 */
public final class SecretFiles implements ConfigSource {
  /** The keys of all secrets. */
  static final Set<String> SECRETS =
      Set.of(
          "database.password",
          "elasticsearch.api.key",
          "elasticsearch.password",
          "internal.api.token",
          "keycloak.admin.client.secret",
          "mqtt.password",
          "oidc.client.secret",
          "secret.key",
          "secret.key.previous",
          "wifi.password");

  /** Before the environment (300), where the same setting must not stand. */
  private static final int ORDINAL = 310;

  /** In bytes; a larger file was named by mistake, and perhaps never ends. */
  private static final int MOST = 64 * 1024;

  private final Map<String, String> environment;
  private final Map<String, Content> read = new ConcurrentHashMap<>();

  /** What a file holds, or why it is refused: the log says that once, however many ask. */
  private record Content(@Nullable String secret, @Nullable IllegalStateException refusal) {}

  /** Called by the service loader. */
  public SecretFiles() {
    this(System.getenv());
  }

  SecretFiles(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * The secret of a key whose file is named; null for any other key.
   *
   * @throws IllegalStateException when the file cannot be used
   */
  @Override
  public @Nullable String getValue(String key) {
    if (file(key).isEmpty()) {
      return null;
    }
    Content content = read.computeIfAbsent(key, this::content);
    if (content.refusal != null) {
      throw content.refusal;
    }
    return content.secret;
  }

  @Override
  public Set<String> getPropertyNames() {
    return SECRETS.stream().filter(key -> !file(key).isEmpty()).collect(Collectors.toSet());
  }

  @Override
  public String getName() {
    return "files of secrets";
  }

  @Override
  public int getOrdinal() {
    return ORDINAL;
  }

  private String file(String key) {
    return SECRETS.contains(key)
        ? environment.getOrDefault(variable(key) + "_FILE", "").strip()
        : "";
  }

  private Content content(String key) {
    String name = variable(key);
    if (!environment.getOrDefault(name, "").isEmpty()) {
      return refused(name + " and " + name + "_FILE are both set: leave one of them out");
    }
    try (InputStream file = Files.newInputStream(Path.of(file(key)))) {
      byte[] bytes = file.readNBytes(MOST + 1);
      if (bytes.length > MOST) {
        return refused(name + "_FILE names a file of more than 64 KiB, which holds no secret");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      String secret = text.replaceFirst("^\ufeff", "").replaceFirst("[\\r\\n]+$", "");
      return secret.isEmpty()
          ? refused(name + "_FILE names a file in which there is nothing")
          : new Content(secret, null);
    } catch (CharacterCodingException binary) {
      return refused(name + "_FILE must name a file of text in UTF-8");
    } catch (IOException | InvalidPathException | SecurityException unreadable) {
      return refused(name + "_FILE must name a file that this process can read");
    }
  }

  private static Content refused(String sentence) {
    return new Content(null, Setting.bad(sentence));
  }

  private static String variable(String key) {
    return key.replace('.', '_').toUpperCase(Locale.ROOT);
  }
}
