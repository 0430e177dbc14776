package org.fleetcast.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.fleetcast.devices.DeviceChanged;
import org.fleetcast.devices.DeviceConfigChanged;
import org.fleetcast.devices.Transactions;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.sink.JournalProbe;
import org.fleetcast.stack.Api;
import org.hamcrest.Matcher;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.importer.ZipImporter;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ArquillianExtension.class)
@SuppressWarnings("NullAway.Init")
public class ContainerIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @Inject Transactions transactions;
  @Inject EntityManager entities;
  @Inject Event<DeviceChanged> changed;
  @Inject Event<DeviceConfigChanged> configChanged;
  @Inject Witness witness;
  @Inject JournalProbe kept;

  @Inject
  @ConfigProperty(name = "mqtt.url")
  URI broker;

  @Inject
  @ConfigProperty(name = "baseurl")
  URI server;

  /** The packaged application, with these tests and what they use. */
  @Deployment
  public static WebArchive application() {
    return ShrinkWrap.create(ZipImporter.class, "fleetcast-and-tests.war")
        .importFrom(new File("target/fleetcast.war"))
        .as(WebArchive.class)
        .addAsWebInfResource(
            new StringAsset("<web-ext><context-root uri=\"/\"/></web-ext>"), "ibm-web-ext.xml")
        .addPackage(ContainerIT.class.getPackage())
        .addClass(JournalProbe.class)
        .addClass(Api.class)
        .addClass("org.fleetcast.stack.Http")
        .addAsLibraries(jarOf(Assertions.class), jarOf(Awaitility.class), jarOf(Matcher.class));
  }

  private static File jarOf(Class<?> type) {
    return new File(type.getProtectionDomain().getCodeSource().getLocation().getPath());
  }

  @Test
  void
      the_connector_carries_messages_from_the_broker_to_the_journal_and_from_an_emitter_to_the_broker()
          throws MqttException {
    List<String> heard = new CopyOnWriteArrayList<>();
    try (MqttClient device =
        new MqttClient("tcp://" + broker.getAuthority(), "container-it", new MemoryPersistence())) {
      device.connect();
      device.subscribe(
          "iotsupport/updates/config", 1, (topic, message) -> heard.add(message.toString()));

      device.publish(
          "iotsupport/logsink",
          "{\"entity_id\":\"container\",\"message\":\"I (7) boot: up\"}"
              .getBytes(StandardCharsets.UTF_8),
          1,
          false);
      await().atMost(SOON).until(() -> !kept.of("container").isEmpty());
      assertThat(kept.of("container"))
          .singleElement()
          .asString()
          .contains("\"message\":\"I (7) boot: up\"", "\"tag\":\"boot\"", "\"@timestamp\":\"");

      transactions.run(() -> configChanged.fire(new DeviceConfigChanged("iotdevice-container")));
      await().atMost(SOON).until(() -> !heard.isEmpty());
      assertThat(heard).containsExactly("{\"client_id\":\"iotdevice-container\"}");
      device.disconnect();
    }
  }

  @Test
  void a_resource_for_editors_sees_the_token_of_its_caller_and_is_reached_by_nobody_else() {
    Api nobody = Api.at(server);
    Api editor = nobody.withBearer(nobody.editorToken());

    assertThat(editor.get("/probe/caller").body())
        .isEqualTo(
            "{\"groups\":[\"editor\"],\"issuer\":\"%s/api/auth\",\"subject\":\"fleetcast-cli\"}"
                .formatted(server));
    assertThat(nobody.get("/probe/caller").status()).isEqualTo(401);
    assertThat(nobody.signedIn("reader", "viewer").get("/probe/caller").status()).isEqualTo(403);
  }

  @Test
  void observers_after_success_hear_of_a_commit_and_never_of_a_rollback() {
    assertThatThrownBy(() -> transactions.run(() -> writeAndTell(-1, true)))
        .isInstanceOf(Problem.class);
    transactions.run(() -> writeAndTell(-2, false));

    await().atMost(SOON).until(() -> !witness.seen().isEmpty());
    assertThat(witness.seen()).containsExactly(new Witness.Seen(-2, 1));
  }

  private void writeAndTell(int id, boolean fails) {
    entities
        .createNativeQuery(
            "insert into device_model (id, code, name, created_at, updated_at)"
                + " values (?1, ?2, 'x', current_timestamp, current_timestamp)")
        .setParameter(1, id)
        .setParameter(2, "container" + id)
        .executeUpdate();
    changed.fire(new DeviceChanged(id, 1, null, null, false));
    assertThat(witness.seen()).isEmpty();
    if (fails) {
      throw Problem.of(ProblemCode.INVALID_OPERATION, "The work fails after it was told");
    }
  }
}
