package org.fleetcast.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The image that {@code Containerfile} describes, built by buildah on a base of this machine's own
 * programs, and its content, run by hand as a container would: as a user of no name, in a root file
 * system that cannot be written. Needs root.
 */
public final class Image implements Part {
  private static final String NAME = "localhost/fleetcast";
  private static final String BASE = "localhost/base";
  private static final String USER = "4242:0";
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** What a base has: a shell, its usual tools, and a JRE, with the libraries that they need. */
  private static final String BASE_LAYOUT =
      """
      set -e; root=$1; java=$2
      add() { ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r lib; do
        [ -e "$root$lib" ] || { mkdir -p "$root${lib%/*}"; cp -L "$lib" "$root$lib"; }; done; }
      mkdir -p "$root/bin" "$root/tmp" "$root/proc" "$root/dev" "$root/etc" "$root/opt/java/openjdk"
      chmod 1777 "$root/tmp"
      for tool in bash sh env sed grep od tr cat mkdir mv rm cp chmod id uname dirname basename \\
          readlink ls head cut expr find; do
        program=$(command -v $tool); cp -L "$program" "$root/bin/$tool"; add "$program"; done
      for part in bin conf lib; do cp -rL "$java/$part" "$root/opt/java/openjdk/" 2>/dev/null || true; done
      rm -f "$root/opt/java/openjdk/lib/src.zip"
      for lib in "$java/bin/java" "$java"/lib/*.so "$java"/lib/server/*.so; do add "$lib"; done
      """;

  /** A namespace of mounts of its own goes with the process. */
  private static final String READ_ONLY =
      """
      set -e; root=$1; data=$2; shift 2
      mount --bind "$root" "$root"; mount --bind "$data" "$root/var/lib/fleetcast"
      mount -t proc proc "$root/proc"; mount --bind /dev "$root/dev"; mount -t tmpfs tmpfs "$root/tmp"
      mount -o remount,bind,ro "$root"
      exec chroot --userspec=4242:0 --groups=0 "$root" "$@"
      """;

  private final Path folder = Folders.temporary("image");
  private final Path data = Folders.create(folder.resolve("data"));
  private final Path root;
  private final List<Child> children = new ArrayList<>();

  private Image() {
    AtExit.closes(this);
    Path base = Folders.create(folder.resolve("base"));
    run("sh", "-c", BASE_LAYOUT, "base", base.toString(), System.getProperty("java.home"));
    String container = buildah("from", "scratch");
    buildah("copy", container, base.toString(), "/");
    buildah(
        "config",
        "--env=JAVA_HOME=/opt/java/openjdk",
        "--env=PATH=/opt/java/openjdk/bin:/bin",
        container);
    buildah("commit", "--rm", container, BASE);
    buildah(
        "bud",
        "--isolation=chroot",
        "--format=docker",
        "--build-arg=BASE=" + BASE,
        "-t",
        NAME,
        "-f",
        "Containerfile",
        ".");
    root = Path.of(buildah("mount", buildah("from", "--pull-never", NAME)));
    run("chmod", "770", data.toString());
  }

  /** Whether this machine can build it and run what is in it. */
  public static boolean isPossible() {
    return "root".equals(System.getProperty("user.name"))
        && Child.succeeds(
            "sh", "-c", "command -v buildah && command -v unshare && unshare -m true");
  }

  /** A new one, from what is packaged now. */
  public static Image built() {
    return new Image();
  }

  /** Its root file system. */
  public Path root() {
    return root;
  }

  /** What buildah knows of it, as JSON. */
  public String description() {
    return buildah("inspect", "--type=image", NAME);
  }

  /** The bytes of everything in a folder of it. */
  public long bytes(String path) {
    return Long.parseLong(run("du", "-sb", root.resolve(path).toString()).split("\\s")[0]);
  }

  /** The folders and files that its user could change, from the root of it. */
  public List<String> writable() {
    return runAs(
            Map.of(),
            "find",
            "/",
            "-path",
            "/proc",
            "-prune",
            "-o",
            "-path",
            "/dev",
            "-prune",
            "-o",
            "-writable",
            "-not",
            "-type",
            "l",
            "-print")
        .lines()
        .toList();
  }

  /** Starts its command with these variables. */
  public void start(Map<String, String> variables) {
    children.add(launch(variables, "/opt/fleetcast/bin/server", "run", "fleetcast"));
  }

  /** Waits until a health endpoint answers 200. */
  public void await(URI endpoint) {
    Wait.until(
        "the image",
        last(),
        "CWWKZ0002E",
        Duration.ofMinutes(5),
        Progress.silent(),
        () -> Http.answers(endpoint));
  }

  /** Ends it in order; whether it ended by itself. */
  public boolean stop() {
    return last().terminate(PATIENCE);
  }

  /** Runs another command of it to the end; what that said. */
  public String runAs(Map<String, String> variables, String... command) {
    Child child = launch(variables, command);
    child.awaitEnd();
    return child.said();
  }

  private Child last() {
    return children.get(children.size() - 1);
  }

  private Child launch(Map<String, String> variables, String... command) {
    List<String> all = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", READ_ONLY, "run"));
    all.add(root.toString());
    all.add(data.toString());
    all.add("/bin/env");
    all.add("-i");
    Map<String, String> seen = new LinkedHashMap<>();
    seen.put("JAVA_HOME", "/opt/java/openjdk");
    seen.put("PATH", "/opt/fleetcast/bin:/opt/java/openjdk/bin:/bin");
    seen.put("WLP_OUTPUT_DIR", "/var/lib/fleetcast");
    seen.putAll(variables);
    seen.forEach((name, value) -> all.add(name + "=" + value));
    all.addAll(List.of(command));
    return Child.start(all, Map.of(), folder.resolve("run-" + children.size() + ".log"));
  }

  private String buildah(String... arguments) {
    List<String> all = new ArrayList<>(List.of("buildah", "--storage-driver=vfs"));
    all.add("--root=" + folder.resolve("storage"));
    all.add("--runroot=" + folder.resolve("run"));
    all.addAll(List.of(arguments));
    return run(all.toArray(String[]::new));
  }

  /** What the program said on its output; what it said besides goes into the failure. */
  private String run(String... command) {
    Path errors = folder.resolve("errors.log");
    try {
      Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.onExit().join().exitValue() != 0) {
        throw new IllegalStateException(
            String.join(" ", command) + "\n" + said + Files.readString(errors));
      }
      return said.strip();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  @Override
  public void close() {
    children.forEach(Child::kill);
    run("rm", "-rf", folder.toString());
    AtExit.forgets(this);
  }
}
