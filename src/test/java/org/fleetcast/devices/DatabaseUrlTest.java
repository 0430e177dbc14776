package org.fleetcast.devices;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://host/database",
        "jdbc:postgresql://host:5432/database?sslmode=require&user=me@example.org",
        "jdbc:postgresql://one:5432,two:5432/database",
        "jdbc:postgresql://[::1]:5432/database",
        "jdbc:postgresql://host/",
        "jdbc:postgresql:database",
        "jdbc:h2:file:/data/fleetcast;MODE=PostgreSQL",
        "jdbc:h2:mem:x",
      })
  void an_address_for_a_driver_that_is_there_is_taken(String url) {
    assertThatCode(() -> DatabaseUrl.check(url)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql+psycopg://user:hidden@host:5432/database",
        "postgresql+psycopg2://user:hidden@host/database",
        "postgresql://user:hidden@host/database",
        "postgres://user:hidden@host/database",
        "jdbc:postgresql://user:hidden@host/database",
        "jdbc:postgresql+psycopg://host/database",
        "jdbc:mysql://host/database",
        "jdbc:h2:",
        "host/database",
      })
  void any_other_is_one_sentence_that_names_the_form_and_quotes_nothing(String url) {
    assertThatThrownBy(() -> DatabaseUrl.check(url))
        .message()
        .startsWith("DATABASE_URL must be a JDBC address such as jdbc:postgresql://host/database")
        .doesNotContain("hidden", "\n");
  }
}
