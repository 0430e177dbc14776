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
import org.fleetcast.identity.KeycloakApi;

/** The map of this house: who may use whom, and where the outside world may come in. */
@AnalyzeClasses(packages = "org.fleetcast", importOptions = ImportOption.DoNotIncludeTests.class)
class HouseTest {
  @ArchTest
  static final ArchRule packages_use_only_whom_they_may =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("root")
          .definedBy("org.fleetcast")
          .layer("time")
          .definedBy("org.fleetcast.time")
          .layer("problem")
          .definedBy("org.fleetcast.problem")
          .layer("identity")
          .definedBy("org.fleetcast.identity")
          .layer("devices")
          .definedBy("org.fleetcast.devices")
          .layer("live")
          .definedBy("org.fleetcast.live")
          .layer("logs")
          .definedBy("org.fleetcast.logs")
          .layer("rotation")
          .definedBy("org.fleetcast.rotation")
          .layer("mqtt")
          .definedBy("org.fleetcast.mqtt")
          .whereLayer("root")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("problem")
          .mayOnlyBeAccessedByLayers(
              "root", "identity", "devices", "live", "logs", "rotation", "mqtt")
          .whereLayer("identity")
          .mayOnlyBeAccessedByLayers("root", "devices", "live", "rotation")
          .whereLayer("devices")
          .mayOnlyBeAccessedByLayers("root", "logs", "rotation")
          .whereLayer("live")
          .mayOnlyBeAccessedByLayers("root", "logs", "rotation")
          .whereLayer("rotation")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("logs")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("mqtt")
          .mayOnlyBeAccessedByLayers("logs");

  @ArchTest
  static final ArchRule mqtt_is_reached_by_channel_name =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.fleetcast.mqtt")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are of the connector, beyond the record that it emits, and what it asks of"
                      + " whoever keeps the messages: only they outlive the process",
                  type ->
                      type.getPackageName().equals("org.fleetcast.mqtt")
                          && !type.getSimpleName().equals("Inbound")
                          && !type.getName().startsWith("org.fleetcast.mqtt.SessionMemory")));

  @ArchTest
  static final ArchRule paho_stays_in_mqtt =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.fleetcast.mqtt")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.eclipse.paho..");

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
          .doNotHaveSimpleName("KeycloakApi") // a client, not a door
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
          .beDeclaredIn(KeycloakApi.class) // which others serve
          .orShould()
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
