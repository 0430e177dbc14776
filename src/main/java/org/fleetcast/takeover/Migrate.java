package org.fleetcast.takeover;

import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.fleetcast.devices.RotationState;
import org.fleetcast.identity.SecretBox;
import org.fleetcast.takeover.Plan.Present;
import org.jspecify.annotations.Nullable;

/**
 * The command {@code fleetcast-migrate}: takes models, devices, the states of the rotation and the
 * secrets that are put aside from the older service's database into ours. Ids, keys and client ids
 * stay, so no device notices. It can be repeated.
 */
public final class Migrate {
  private static final String USAGE = "Usage: fleetcast-migrate, or fleetcast-migrate --dry-run";

  private final Config config;
  private final PrintStream out;
  private final PrintStream err;

  Migrate(Config config, PrintStream out, PrintStream err) {
    this.config = config;
    this.out = out;
    this.err = err;
  }

  /** Ends with 0, 1 when something was not taken over, or 2 when called in another way. */
  public static void main(String[] arguments) {
    Migrate command = new Migrate(ConfigProvider.getConfig(), System.out, System.err);
    System.exit(command.exitCode(arguments));
  }

  int exitCode(String... arguments) {
    boolean dry = Arrays.equals(arguments, new String[] {"--dry-run"});
    if (arguments.length > 0 && !dry) {
      err.println(USAGE);
      return 2;
    }
    try {
      return run(dry);
    } catch (SQLException failed) {
      return failed(
          "a database refused: " + String.valueOf(failed.getMessage()).replaceAll("\\s+", " "));
    } catch (Missing setting) {
      return failed(setting.getMessage());
    } catch (IllegalStateException badSetting) {
      return 1; // it has been told
    }
  }

  private int failed(@Nullable String reason) {
    err.println("Nothing was taken over: " + reason);
    return 1;
  }

  private int run(boolean dry) throws SQLException, Missing {
    String key = required("secret.key");
    SecretBox box = new SecretBox(Optional.of(key));
    Fernet fernet = Fernet.of(optional("old.secret.key").orElse(key));
    try (Connection from = connection("old.database");
        Connection to = connection("database")) {
      OldRegistry old = OldRegistry.read(from);
      OurRegistry ours = new OurRegistry(to);
      Optional<Present> present = ours.present();
      if (present.isEmpty() && !dry) {
        throw new Missing(
            "DATABASE_URL has no registry yet: start Fleetcast on it once, and stop it");
      }
      Plan plan = Plan.of(old, present.orElseGet(Present::nothing), fernet::open);
      if (dry) {
        to.rollback();
      } else {
        ours.write(old, plan, box, Instant.now());
      }
      tell(old, plan, dry);
      return plan.refused().isEmpty() ? 0 : 1;
    }
  }

  private void tell(OldRegistry old, Plan plan, boolean dry) {
    out.println(dry ? "Would be taken over (nothing was written):" : "Taken over:");
    out.println("  Models: " + plan.models().size());
    out.println("  Devices: " + plan.devices().size());
    for (RotationState state : RotationState.values()) {
      out.println("    " + state + ": " + plan.count(state));
    }
    out.println("  Secrets put aside: " + plan.secrets());
    out.println(
        "  Last scheduled rotation: "
            + (plan.lastScheduled() == null ? "none" : plan.lastScheduled()));
    out.println("There already: " + plan.present());
    out.println(
        "Left behind: %d firmware versions, %d core dumps"
            .formatted(old.firmwares(), old.coredumps()));
    tell("Not taken over: ", plan.refused());
    tell("Look at: ", plan.notes());
  }

  private void tell(String kind, List<String> sentences) {
    out.println(kind + sentences.size());
    sentences.forEach(sentence -> out.println("  " + sentence));
  }

  private Connection connection(String name) throws SQLException, Missing {
    String url = required(name + ".url");
    if (!url.startsWith("jdbc:postgresql:")) {
      throw new Missing("both databases must be PostgreSQL, as jdbc:postgresql://host/database");
    }
    return DriverManager.getConnection(
        url, optional(name + ".username").orElse(null), optional(name + ".password").orElse(null));
  }

  private String required(String key) throws Missing {
    String variable = key.toUpperCase(Locale.ROOT).replace('.', '_');
    return optional(key).orElseThrow(() -> new Missing(variable + " is not set"));
  }

  private Optional<String> optional(String key) {
    return config.getOptionalValue(key, String.class).filter(text -> !text.isBlank());
  }

  /** Why nothing can be done, as a sentence. */
  private static final class Missing extends Exception {
    private static final long serialVersionUID = 1;

    Missing(String sentence) {
      super(sentence);
    }
  }
}
