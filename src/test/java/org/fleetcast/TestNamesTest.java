package org.fleetcast;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import net.jqwik.api.Example;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** How tests are named. */
@AnalyzeClasses(packages = "org.fleetcast", importOptions = ImportOption.OnlyIncludeTests.class)
class TestNamesTest {
  @ArchTest
  static final ArchRule test_methods_are_sentences =
      methods()
          .that()
          .areAnnotatedWith(Test.class)
          .or()
          .areAnnotatedWith(ParameterizedTest.class)
          .or()
          .areAnnotatedWith(Property.class)
          .or()
          .areAnnotatedWith(Example.class)
          .should()
          .haveNameMatching("[a-z][a-z0-9]*(_[a-z0-9]+)+");
}
