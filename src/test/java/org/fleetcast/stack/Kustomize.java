package org.fleetcast.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/** Manifests of Kubernetes, as files and as {@code kubectl kustomize} puts them together. */
public final class Kustomize {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private Kustomize() {}

  /** Whether this machine has kubectl. */
  public static boolean isInstalled() {
    return Child.succeeds("sh", "-c", "command -v kubectl");
  }

  /** The resources of a file. */
  public static List<JsonNode> read(Path file) {
    try {
      return resources(Files.readString(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The resources of an overlay; needs no cluster. */
  public static List<JsonNode> build(Path overlay) {
    try {
      Process process =
          new ProcessBuilder("kubectl", "kustomize", overlay.toString())
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.onExit().join().exitValue() != 0) {
        throw new IllegalStateException(said);
      }
      return resources(said);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  /** The name of a resource. */
  public static String name(JsonNode resource) {
    return resource.at("/metadata/name").asText();
  }

  /** The elements of an array; none where there is no array. */
  public static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  private static List<JsonNode> resources(String text) throws IOException {
    try (MappingIterator<JsonNode> all = YAML.readerFor(JsonNode.class).readValues(text)) {
      return all.readAll();
    }
  }
}
