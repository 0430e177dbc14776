package org.fleetcast.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** An authority and the certificates of a server and of a client, made with the JDK's keytool. */
final class Certificates {
  private static final String PASSWORD = "only-for-tests";

  private Certificates() {}

  /** Writes ca.pem, and for server and client a .pem and a .key, into the folder. */
  static void make(Path folder) {
    keyPair(folder, "ca", "bc:c");
    for (String name : List.of("server", "client")) {
      keyPair(folder, name, "san=ip:127.0.0.1,dns:localhost");
      sign(folder, name);
      writeKey(folder, name);
    }
    keytool(folder, "ca", "-exportcert", "-rfc", "-file", folder.resolve("ca.pem").toString());
  }

  private static void keyPair(Path folder, String name, String extension) {
    keytool(
        folder, name, "-genkeypair", "-keyalg", "EC", "-dname", "CN=" + name, "-ext", extension);
  }

  private static void sign(Path folder, String name) {
    String request = folder.resolve(name + ".csr").toString();
    String signed = folder.resolve(name + ".pem").toString();
    keytool(folder, name, "-certreq", "-file", request);
    String names = "san=ip:127.0.0.1,dns:localhost";
    keytool(
        folder, "ca", "-gencert", "-rfc", "-infile", request, "-outfile", signed, "-ext", names);
  }

  private static void writeKey(Path folder, String name) {
    try (var stored = Files.newInputStream(folder.resolve(name + ".p12"))) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(stored, PASSWORD.toCharArray());
      byte[] key = store.getKey(name, PASSWORD.toCharArray()).getEncoded();
      String body = Base64.getMimeEncoder().encodeToString(key);
      Files.writeString(
          folder.resolve(name + ".key"),
          "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n");
    } catch (IOException | GeneralSecurityException failure) {
      throw new IllegalStateException("No key of " + name, failure);
    }
  }

  private static void keytool(Path folder, String name, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-alias", name, "-storetype", "PKCS12", "-storepass", PASSWORD));
    command.addAll(List.of("-keystore", folder.resolve(name + ".p12").toString()));
    Mosquitto.run(folder, command.toArray(String[]::new));
  }
}
