package org.fleetcast.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.fleetcast.sink.LineJson;

/** The file in which the login is kept, readable to its owner alone. */
final class LoginFile {
  private final Path file;

  LoginFile(Path file) {
    this.file = file;
  }

  /** Where the XDG Base Directory Specification wants it. */
  static LoginFile of(Map<String, String> environment) {
    String chosen = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path folder =
        Path.of(chosen).isAbsolute()
            ? Path.of(chosen)
            : Path.of(environment.getOrDefault("HOME", "."), ".config");
    return new LoginFile(folder.resolve("fleetcast").resolve("login.json"));
  }

  /** What is kept; empty when nobody is signed in. */
  Optional<Login> read() throws Failure {
    try {
      return Optional.of(Login.of(LineJson.MAPPER.readTree(Files.readString(file))));
    } catch (NoSuchFileException nobody) {
      return Optional.empty();
    } catch (JsonProcessingException | IllegalArgumentException broken) {
      throw Failure.refused(file + " is not what 'fleetcast login' writes: remove it");
    } catch (IOException unreadable) {
      throw Failure.refused(file + " cannot be read");
    }
  }

  /** Keeps a login in place of the one before. Whoever reads at that moment sees one of the two. */
  void write(Login login) throws Failure {
    Path folder = file.resolveSibling(".");
    try {
      Files.createDirectories(
          folder.normalize(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      // A temporary file is its owner's alone from its first byte on.
      Path next = Files.createTempFile(folder, "login", ".json");
      Files.write(next, login.json().toString().getBytes(StandardCharsets.UTF_8));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException refused) {
      throw new Failure(Failure.Kind.REFUSED, file + " cannot be written", refused);
    }
  }

  /** What is done while no other command does such a thing. */
  interface Work<T> {
    T done() throws Failure;
  }

  /**
   * Does it when no other command renews the login, and lets none do so meanwhile. Of two that show
   * the same refresh token a provider may refuse the second, and end the session of both.
   */
  <T> T alone(Work<T> work) throws Failure {
    Path lock = file.resolveSibling("login.lock");
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      var unused = channel.lock(); // until the channel is closed
      return work.done();
    } catch (IOException refused) {
      throw new Failure(Failure.Kind.REFUSED, lock + " cannot be locked", refused);
    }
  }

  /** Forgets the login; tells whether there was one. */
  boolean delete() throws Failure {
    try {
      return Files.deleteIfExists(file);
    } catch (IOException refused) {
      throw new Failure(Failure.Kind.REFUSED, file + " cannot be removed", refused);
    }
  }
}
