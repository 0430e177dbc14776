package org.fleetcast.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.ibm.websphere.ce.cm.ConnectionWaitTimeoutException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseFailureTest {
  @ParameterizedTest
  @CsvSource({
    "08001, AWAY", // refused
    "57P03, AWAY", // starts up
    "53300, AWAY", // too many connections
    "08006, CUT",
    "08003, CUT",
    "57P01, CUT", // by an administrator
    "25006, READ_ONLY",
    "40P01, BUSY", // deadlock
    "53100, BUSY", // disk full
  })
  void the_state_says_which_it_is(String state, DatabaseFailure kind) {
    assertThat(DatabaseFailure.of(wrapped(new SQLException("x", state)))).contains(kind);
  }

  @Test
  void the_type_says_which_it_is_where_the_state_does_not() {
    assertThat(DatabaseFailure.of(new SQLTransientConnectionException("pool")))
        .contains(DatabaseFailure.AWAY);
    assertThat(DatabaseFailure.of(new SQLRecoverableException("x"))).contains(DatabaseFailure.CUT);
    assertThat(DatabaseFailure.of(new SQLTransactionRollbackException("x")))
        .contains(DatabaseFailure.BUSY);
  }

  @Test
  void a_pool_of_which_all_connections_are_in_use_is_busy_and_no_outage() {
    SQLException wait = new ConnectionWaitTimeoutException("pool", "08001");
    assertThat(DatabaseFailure.of(wrapped(wait))).contains(DatabaseFailure.BUSY);
    Problem problem = ProblemMapper.problem(wrapped(wait));
    assertThat(problem.code()).isEqualTo(ProblemCode.SERVICE_UNAVAILABLE);
    assertThat(problem.sentence()).isEqualTo("The database is busy right now");
    assertThat(problem.retryAfter()).isPresent();
    DatabaseOutage outage = new DatabaseOutage();
    outage.noticed(DatabaseFailure.of(wait).orElseThrow(), wait);
    assertThatCode(outage::check).doesNotThrowAnyException();
  }

  @Test
  void a_fault_of_ours_is_none() {
    assertThat(DatabaseFailure.of(wrapped(new SQLException("syntax", "42601")))).isEmpty();
    assertThat(DatabaseFailure.of(wrapped(new SQLException("connection refused")))).isEmpty();
    assertThat(DatabaseFailure.of(new IllegalStateException("The database is away"))).isEmpty();
  }

  @Test
  void what_flies_out_of_a_resource_is503_with_a_time_to_try_again() {
    Problem problem = ProblemMapper.problem(wrapped(new SQLException("x", "08006")));
    assertThat(problem.code()).isEqualTo(ProblemCode.SERVICE_UNAVAILABLE);
    assertThat(problem.retryAfter()).contains(Duration.ofSeconds(2));
  }

  @Test
  void while_the_database_is_away_everybody_is_refused_until_it_is_over() {
    DatabaseOutage outage = new DatabaseOutage();
    SQLException cause = new SQLException("x", "08001");
    outage.noticed(DatabaseFailure.CUT, cause);
    outage.noticed(DatabaseFailure.BUSY, cause);
    assertThatCode(outage::check).doesNotThrowAnyException();
    outage.noticed(DatabaseFailure.AWAY, cause);
    assertThatThrownBy(outage::check)
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.SERVICE_UNAVAILABLE));
    outage.over();
    assertThatCode(outage::check).doesNotThrowAnyException();
  }

  @Test
  void a_read_only_database_refuses_nobody_before_it_is_asked() {
    DatabaseOutage outage = new DatabaseOutage();
    outage.noticed(DatabaseFailure.READ_ONLY, new SQLException("x", "25006"));
    assertThatCode(outage::check).doesNotThrowAnyException();
    assertThat(outage.isReadOnly()).isTrue();
  }

  private static Throwable wrapped(SQLException failure) {
    return new IllegalStateException("outer", new IllegalArgumentException("inner", failure));
  }
}
