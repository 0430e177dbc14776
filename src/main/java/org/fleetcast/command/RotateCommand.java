package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fleetcast rotate}: new credentials for a device, or for all of them in turn. */
@Command(
    name = "rotate",
    description = "Gives a device new credentials, or all devices, one after the other.")
final class RotateCommand implements Callable<Integer> {
  private final Environment environment;

  @Mixin private ServerOptions options;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Whose whose;

  @Option(
      names = "--watch",
      description = "Shows each step until it is done; ends with 1 when a device timed out.")
  private boolean watch;

  RotateCommand(Environment environment) {
    this.environment = environment;
  }

  /** Whose credentials are meant. */
  static final class Whose {
    @Parameters(index = "0", paramLabel = "DEVICE", description = "The device.")
    private @Nullable String device;

    @Option(names = "--all", description = "Every active device.")
    private boolean all;
  }

  @Override
  public Integer call() throws Failure {
    Server server = options.server(environment);
    DeviceNames devices = DeviceNames.of(server);
    RotationWatch steps = new RotationWatch(server, environment.terminal());
    if (whose.all || whose.device == null) {
      steps.expect(devices.all().stream().filter(RotateCommand::takesPart).toList());
      JsonNode answer = server.post("/api/rotation/trigger");
      say("Queued: " + answer.path("queued_count").asInt());
    } else {
      JsonNode device = devices.find(whose.device);
      steps.expect(List.of(device));
      JsonNode answer = server.post("/api/devices/" + device.path("id").asInt() + "/rotate");
      say(
          "queued".equals(answer.path("status").asText())
              ? "Queued: " + RotationWatch.name(device)
              : "It was under way already: " + RotationWatch.name(device));
    }
    if (!watch) {
      return 0;
    }
    new LiveStream(server, environment.terminal(), RandomGenerator.getDefault()).read(steps);
    return steps.timedOut() == 0 ? 0 : 1;
  }

  /** What has timed out already is not queued with the others. */
  private static boolean takesPart(JsonNode device) {
    return device.path("active").asBoolean()
        && !device.path("rotation_state").asText().equals("TIMEOUT");
  }

  private void say(String sentence) {
    environment.terminal().line(sentence);
    environment.terminal().isGone();
  }
}
