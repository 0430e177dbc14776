package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.fleetcast.time.ManualClock;
import org.junit.jupiter.api.Test;

class RenewalsTest {
  private final ManualClock clock = new ManualClock();
  private final Renewals renewals = new Renewals(clock);

  @Test
  void the_result_serves_the_others_for_ten_seconds() {
    Counting issuer = new Counting(Duration.ofMinutes(15));
    TokenPair first = renewals.renew("r", issuer).orElseThrow();
    clock.passes(Duration.ofMillis(9_999));
    assertThat(renewals.renew("r", issuer)).contains(first);
    clock.passes(Duration.ofMillis(1));
    assertThat(renewals.renew("r", issuer).orElseThrow()).isNotEqualTo(first);
    assertThat(issuer.asked).hasValue(2);
  }

  @Test
  void the_result_is_not_shared_beyond_its_own_life() {
    Counting issuer = new Counting(Duration.ofSeconds(2));
    TokenPair first = renewals.renew("r", issuer).orElseThrow();
    clock.passes(Duration.ofSeconds(2));
    assertThat(renewals.renew("r", issuer).orElseThrow()).isNotEqualTo(first);
  }

  @Test
  void who_asks_at_the_same_moment_waits_for_the_one_who_is_asking() {
    CountDownLatch gate = new CountDownLatch(1);
    Counting issuer = new Counting(Duration.ofMinutes(15), gate);
    List<CompletableFuture<Optional<TokenPair>>> all =
        Stream.generate(() -> CompletableFuture.supplyAsync(() -> renewals.renew("r", issuer)))
            .limit(8)
            .toList();
    await().until(() -> issuer.asked.get() == 1);
    gate.countDown();
    assertThat(all.stream().map(CompletableFuture::join).distinct()).hasSize(1);
    assertThat(issuer.asked).hasValue(1);
  }

  @Test
  void another_refresh_token_is_another_renewal() {
    Counting issuer = new Counting(Duration.ofMinutes(15));
    renewals.renew("r", issuer);
    renewals.renew("s", issuer);
    assertThat(issuer.asked).hasValue(2);
  }

  @Test
  void a_refusal_or_a_failure_is_not_shared() {
    assertThat(renewals.renew("r", new Refusing())).isEmpty();
    assertThatThrownBy(() -> renewals.renew("r", new Failing())).isInstanceOf(Problem.class);
    assertThat(renewals.renew("r", new Counting(Duration.ofMinutes(15)))).isPresent();
  }

  @Test
  void a_forgotten_result_serves_nobody() {
    renewals.renew("r", new Counting(Duration.ofMinutes(15)));
    renewals.forget("r");
    assertThat(renewals.renew("r", new Refusing())).isEmpty();
  }

  @Test
  void no_more_than_a_limited_number_are_remembered_and_the_others_are_renewed_all_the_same() {
    Counting issuer = new Counting(Duration.ofMinutes(15));
    for (int login = 0; login < 2 * Renewals.MOST; login++) {
      assertThat(renewals.renew("r" + login, issuer)).isPresent();
    }
    assertThat(renewals.size()).isEqualTo(Renewals.MOST);
    assertThat(issuer.asked).hasValue(2 * Renewals.MOST);
    Optional<TokenPair> shared = renewals.renew("r0", issuer);
    assertThat(shared).isEqualTo(renewals.renew("r0", issuer));
    clock.passes(Duration.ofSeconds(10));
    assertThat(renewals.renew("another", issuer)).isPresent();
    assertThat(renewals.size()).isEqualTo(1);
  }

  @Test
  void refused_ones_are_not_remembered() {
    for (int stranger = 0; stranger < 1_000; stranger++) {
      assertThat(renewals.renew("made up " + stranger, new Refusing())).isEmpty();
    }
    assertThat(renewals.size()).isZero();
  }

  private static class Refusing implements Issuer {
    @Override
    public Optional<Caller> verify(String token, Consumer<String> refused) {
      return Optional.empty();
    }

    @Override
    public Optional<TokenPair> renew(String refreshToken) {
      return Optional.empty();
    }
  }

  private static final class Failing extends Refusing {
    @Override
    public Optional<TokenPair> renew(String refreshToken) {
      throw Problem.of(ProblemCode.SERVICE_UNAVAILABLE, "down");
    }
  }

  private static final class Counting extends Refusing {
    final AtomicInteger asked = new AtomicInteger();
    private final Duration life;
    private final CountDownLatch gate;

    Counting(Duration life) {
      this(life, new CountDownLatch(0));
    }

    Counting(Duration life, CountDownLatch gate) {
      this.life = life;
      this.gate = gate;
    }

    @Override
    public Optional<TokenPair> renew(String refreshToken) {
      int number = asked.incrementAndGet();
      try {
        gate.await();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
      return Optional.of(
          new TokenPair("access " + number, life, refreshToken, Duration.ofDays(1), null));
    }
  }
}
