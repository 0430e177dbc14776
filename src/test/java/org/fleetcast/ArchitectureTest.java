package org.fleetcast;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import java.util.Set;
import org.fleetcast.problem.InternalFaults;
import org.fleetcast.time.SteadyClock;

/** The map of this house: who may use whom, and where the outside world may come in. */
@AnalyzeClasses(packages = "org.fleetcast", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule packages_use_only_whom_they_may =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("root")
          .definedBy("org.fleetcast")
          .layer("problem")
          .definedBy("org.fleetcast.problem")
          .layer("audit")
          .definedBy("org.fleetcast.audit")
          .layer("door")
          .definedBy("org.fleetcast.door")
          .layer("page")
          .definedBy("org.fleetcast.page")
          .layer("identity")
          .definedBy("org.fleetcast.identity")
          .layer("local")
          .definedBy("org.fleetcast.identity.local")
          .layer("keycloak")
          .definedBy("org.fleetcast.identity.keycloak")
          .layer("devices")
          .definedBy("org.fleetcast.devices")
          .layer("live")
          .definedBy("org.fleetcast.live")
          .layer("transport")
          .definedBy("org.fleetcast.live.transport")
          .layer("sink")
          .definedBy("org.fleetcast.sink")
          .layer("archive")
          .definedBy("org.fleetcast.archive")
          .layer("history")
          .definedBy("org.fleetcast.history")
          .layer("activity")
          .definedBy("org.fleetcast.activity")
          .layer("rotation")
          .definedBy("org.fleetcast.rotation")
          .layer("canary")
          .definedBy("org.fleetcast.canary")
          .layer("mqtt")
          .definedBy("org.fleetcast.mqtt")
          .layer("cluster")
          .definedBy("org.fleetcast.cluster")
          .layer("tls")
          .definedBy("org.fleetcast.tls")
          .layer("takeover")
          .definedBy("org.fleetcast.takeover")
          .layer("command")
          .definedBy("org.fleetcast.command")
          .layer("metrics")
          .definedBy("org.fleetcast.metrics")
          .layer("time")
          .definedBy("org.fleetcast.time")
          .whereLayer("root")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("problem")
          .mayOnlyBeAccessedByLayers(
              "root",
              "page",
              "audit",
              "door",
              "identity",
              "local",
              "keycloak",
              "devices",
              "live",
              "transport",
              "sink",
              "archive",
              "history",
              "activity",
              "rotation",
              "canary",
              "mqtt",
              "cluster",
              "tls",
              "command")
          .whereLayer("metrics")
          .mayOnlyBeAccessedByLayers(
              "problem",
              "door",
              "identity",
              "devices",
              "live",
              "sink",
              "archive",
              "history",
              "activity",
              "rotation",
              "canary",
              "mqtt")
          .whereLayer("cluster")
          .mayOnlyBeAccessedByLayers("devices", "sink", "live")
          .whereLayer("tls")
          .mayOnlyBeAccessedByLayers("identity", "archive", "mqtt", "command")
          .whereLayer("audit")
          .mayOnlyBeAccessedByLayers("root", "identity", "local", "devices", "history", "rotation")
          .whereLayer("door")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("takeover")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("command")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("page")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("identity")
          .mayOnlyBeAccessedByLayers(
              "root", "page", "local", "keycloak", "devices", "live", "rotation", "takeover")
          .whereLayer("local")
          .mayOnlyBeAccessedByLayers("root", "identity")
          .whereLayer("keycloak")
          .mayOnlyBeAccessedByLayers("identity")
          .whereLayer("devices")
          .mayOnlyBeAccessedByLayers("root", "history", "activity", "rotation", "takeover")
          .whereLayer("live")
          .mayOnlyBeAccessedByLayers(
              "root", "sink", "history", "activity", "rotation", "canary", "command")
          .whereLayer("transport")
          .mayOnlyBeAccessedByLayers("live", "history")
          .whereLayer("sink")
          .mayOnlyBeAccessedByLayers("archive", "history", "activity", "canary", "command")
          .whereLayer("archive")
          .mayOnlyBeAccessedByLayers("history", "activity", "canary")
          .whereLayer("history")
          .mayOnlyBeAccessedByLayers("root", "activity")
          .whereLayer("activity")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("rotation")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("canary")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("mqtt")
          .mayOnlyBeAccessedByLayers("sink");

  @ArchTest
  static final ArchRule mqtt_is_reached_by_channel_name =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.fleetcast.mqtt")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are of the connector, beyond the records that it emits, and what it asks of"
                      + " whoever keeps the messages: only they outlive the process",
                  type ->
                      type.getPackageName().equals("org.fleetcast.mqtt")
                          && !type.getSimpleName().equals("InboundMessage")
                          && !type.getSimpleName().equals("OversizedPayload")
                          && !type.getSimpleName().equals("SessionTurn")
                          && !type.getName().startsWith("org.fleetcast.mqtt.SessionMemory")));

  @ArchTest
  static final ArchRule of_the_transport_history_knows_only_its_socket =
      noClasses()
          .that()
          .resideInAPackage("org.fleetcast.history")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are of the transport of streams, beyond the socket",
                  type ->
                      type.getPackageName().equals("org.fleetcast.live.transport")
                          && !type.getSimpleName().equals("LibertySocket")));

  @ArchTest
  static final ArchRule the_command_reads_lines_as_the_server_does_and_knows_no_more_of_it =
      noClasses()
          .that()
          .resideInAPackage("org.fleetcast.command")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are of the log or its viewers, beyond a line and its level",
                  type ->
                      Set.of("org.fleetcast.sink", "org.fleetcast.live")
                              .contains(type.getPackageName())
                          && !Set.of(
                                  "StoredLine", "LineJson", "LogTime", "LogLevel", "PrintableJson")
                              .contains(type.getSimpleName())));

  /**
   * Where the time of day is meant: of a line, a token, a column of the database, or what a client
   * is shown or asks for. Whatever else has to do with time asks {@link SteadyClock}.
   */
  private static final Set<String> TELL_THE_TIME_OF_DAY =
      Set.of(
          "activity.ActivityResource",
          "activity.FleetActivity",
          "archive.ArchiveRunner",
          "audit.Audit",
          "canary.SearchedLines",
          "command.Fleetcast",
          "archive.Retention",
          "devices.DeviceModelsResource",
          "devices.DevicesResource",
          "history.DeadLettersResource",
          "history.HistoryResource",
          "identity.Issuers",
          "identity.TokenMechanism",
          "identity.local.LocalClients",
          "live.Session",
          "live.Streams",
          "mqtt.ConnectionStatus",
          "rotation.DeviceRotationResource",
          "rotation.FleetStates",
          "rotation.InternalResource",
          "rotation.IotResource",
          "rotation.Rotation",
          "rotation.RotationResource",
          "sink.Delivery",
          "sink.JournalFolder",
          "sink.JournalKeeper",
          "sink.LineTraces",
          "takeover.Migrate");

  @ArchTest
  static final ArchRule durations_are_not_measured_by_the_wall_clock =
      noClasses()
          .that(
              DescribedPredicate.describe(
                  "need no time of day",
                  type ->
                      !TELL_THE_TIME_OF_DAY.contains(
                          type.getName()
                              .replaceFirst("^org\\.fleetcast\\.", "")
                              .replaceFirst("\\$.*", ""))))
          .should()
          .accessTargetWhere(
              DescribedPredicate.describe(
                  "asks the wall clock", ArchitectureTest::asksTheWallClock));

  /** The server reckons a fixed rate by the wall clock, a fixed delay by the steady one. */
  @ArchTest
  static final ArchRule nothing_is_scheduled_at_a_fixed_rate =
      noClasses()
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "schedules at a fixed rate",
                  call -> call.getTarget().getName().equals("scheduleAtFixedRate")));

  /** Work that throws once is not run again, and nobody would hear of it. */
  @ArchTest
  static final ArchRule whoever_schedules_survives_what_the_work_throws =
      classes()
          .that()
          .resideOutsideOfPackage("org.fleetcast.command")
          .and(
              DescribedPredicate.describe(
                  "run something again and again",
                  type ->
                      type.getMethodCallsFromSelf().stream()
                          .anyMatch(call -> call.getName().equals("scheduleWithFixedDelay"))))
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "guards it with InternalFaults",
                  call ->
                      call.getTargetOwner().isEquivalentTo(InternalFaults.class)
                          && call.getName().equals("guard")));

  private static boolean asksTheWallClock(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getTarget().getName();
    return switch (owner) {
      case "java.lang.System" -> name.equals("currentTimeMillis");
      case "java.util.Date" -> name.equals("<init>") && takesNothing(access);
      case "java.util.Calendar" -> name.equals("getInstance");
      case "java.time.Clock" -> name.startsWith("system") || name.startsWith("tick");
      default -> owner.startsWith("java.time.") && name.equals("now");
    };
  }

  private static boolean takesNothing(JavaAccess<?> access) {
    return access.getTarget() instanceof CodeUnitAccessTarget called
        && called.getRawParameterTypes().isEmpty();
  }

  @ArchTest
  static final ArchRule paho_stays_in_mqtt =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.fleetcast.mqtt")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.eclipse.paho..");

  @ArchTest
  static final ArchRule traces_are_made_in_one_place_and_named_in_the_log =
      noClasses()
          .that()
          .haveNameNotMatching(
              "org.fleetcast.(sink.Line(Traces|Contexts)|problem.Correlation)(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.opentelemetry..");

  @ArchTest
  static final ArchRule server_sent_events_stay_in_live =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.fleetcast.live")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jakarta.ws.rs.sse..");

  @ArchTest
  static final ArchRule jax_rs_stays_at_the_doors =
      noClasses()
          .that()
          .haveSimpleNameNotEndingWith("Resource")
          .and()
          .areNotMemberClasses()
          .and()
          .haveSimpleNameNotEndingWith("Application")
          .and()
          .doNotHaveSimpleName("JsonForm")
          .and()
          .doNotHaveSimpleName("ProblemMapper")
          .and()
          .doNotHaveSimpleName("AuditFilter")
          .and()
          .doNotHaveSimpleName("StrangerFilter")
          .and()
          .haveNameNotMatching("org.fleetcast.history.Printable(Answers)?")
          .and()
          .doNotHaveSimpleName("SignInAnswers")
          .and()
          .resideOutsideOfPackage("org.fleetcast.live")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jakarta.ws.rs..");

  @ArchTest
  static final ArchRule every_endpoint_says_who_may_call_it =
      methods()
          .that()
          .areAnnotatedWith(GET.class)
          .or()
          .areAnnotatedWith(POST.class)
          .or()
          .areAnnotatedWith(PUT.class)
          .or()
          .areAnnotatedWith(DELETE.class)
          .should()
          .beAnnotatedWith(RolesAllowed.class)
          .orShould()
          .beAnnotatedWith(PermitAll.class)
          .orShould()
          .beDeclaredInClassesThat()
          .areAnnotatedWith(RolesAllowed.class)
          .orShould()
          .beDeclaredInClassesThat()
          .areAnnotatedWith(PermitAll.class);

  @ArchTest
  static final ArchRule resources_are_named_so =
      classes().that().areAnnotatedWith(Path.class).should().haveSimpleNameEndingWith("Resource");

  @ArchTest
  static final ArchRule injection_is_by_constructor =
      noFields().should().beAnnotatedWith(Inject.class);

  @ArchTest
  static final ArchRule names_are_nouns_of_the_field =
      noClasses()
          .should()
          .haveNameMatching(".*(Service|Manager|Impl|Util|Utils|Helper|Dto|Constants)");

  @ArchTest
  static final ArchRule loggers_are_private =
      fields().that().haveRawType(System.Logger.class).should().bePrivate();

  @ArchTest
  static final ArchRule exceptions_say_what_they_are = NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;

  @ArchTest
  static final ArchRule logging_is_the_platforms = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
}
