package org.fleetcast.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.fleetcast.live.PrintableJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fleetcast devices}: the registry, a line for each device. */
@Command(name = "devices", description = "Lists the devices.")
final class DevicesCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of("id", "key", "device_entity_id", "device_name", "rotation_state", "active");

  private final Environment environment;

  @Mixin private ServerOptions options;
  @Mixin private OutputOptions output;

  DevicesCommand(Environment environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws Failure {
    Terminal terminal = environment.terminal();
    List<JsonNode> devices = DeviceNames.of(options.server(environment)).all();
    if (output.isJson()) {
      devices.forEach(device -> terminal.line(PrintableJson.of(device.toString())));
      return 0;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("ID", "KEY", "ENTITY", "NAME", "ROTATION", "ACTIVE"));
    devices.forEach(device -> rows.add(COLUMNS.stream().map(name -> cell(device, name)).toList()));
    Table.lines(rows).forEach(terminal::line);
    return 0;
  }

  private static String cell(JsonNode device, String name) {
    JsonNode value = device.path(name);
    return value.isNull() || value.isMissingNode() ? "-" : Terminal.safe(value.asText());
  }
}
