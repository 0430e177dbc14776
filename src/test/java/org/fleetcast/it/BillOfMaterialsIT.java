package org.fleetcast.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** The bill of materials names what is packaged, by its content. */
class BillOfMaterialsIT {
  private static final Path SERVER = Path.of("target", "liberty", "wlp");
  private static final Path BILL = SERVER.resolve("usr/servers/fleetcast/apps/fleetcast-sbom.json");
  private static final Path WAR = Path.of("target", "fleetcast.war");

  /** Made of our own sources. */
  private static final String OURS = "fleetcast-";

  @Test
  void every_library_in_the_war_and_beside_it_is_on_the_bill() throws IOException {
    Map<String, String> packaged = inWar();
    packaged.putAll(in(SERVER.resolve("usr/servers/fleetcast/jdbc")));
    packaged.putAll(in(SERVER.resolve("bin/tools/rotation-job")));
    packaged.putAll(in(SERVER.resolve("bin/tools/fleetcast-migrate")));
    assertThat(packaged).hasSizeGreaterThan(20);

    if (Files.exists(BILL)) {
      assertThat(packaged.values()).isSubsetOf(billed());
    } else {
      assertThat(System.getProperty("maven.offline"))
          .as("built without network")
          .isEqualTo("offline=true");
    }
  }

  private static Set<String> billed() throws IOException {
    try (JsonReader reader = Json.createReader(Files.newBufferedReader(BILL))) {
      JsonObject read = reader.readObject();
      assertThat(read.getString("bomFormat")).isEqualTo("CycloneDX");
      return read.getJsonArray("components").getValuesAs(JsonObject.class).stream()
          .flatMap(part -> part.getJsonArray("hashes").getValuesAs(JsonObject.class).stream())
          .filter(hash -> hash.getString("alg").equals("SHA-256"))
          .map(hash -> hash.getString("content"))
          .collect(Collectors.toSet());
    }
  }

  private static Map<String, String> inWar() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (ZipFile war = new ZipFile(WAR.toFile())) {
      for (ZipEntry entry : war.stream().toList()) {
        if (entry.getName().endsWith(".jar")) {
          try (InputStream in = war.getInputStream(entry)) {
            found.put(entry.getName(), sha256(in.readAllBytes()));
          }
        }
      }
    }
    return found;
  }

  private static Map<String, String> in(Path folder) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (!file.getFileName().toString().startsWith(OURS)) {
          found.put(file.toString(), sha256(Files.readAllBytes(file)));
        }
      }
    }
    return found;
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
