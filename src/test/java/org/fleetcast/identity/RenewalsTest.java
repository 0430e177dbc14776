package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
    Counting issuer = new Counting(Duration.ofMinutes(15));
    renewals.renew("r", issuer);
    renewals.forget("r");
    renewals.forget("unknown");
    assertThat(renewals.renew("r", issuer)).isEmpty();
    assertThat(renewals.renew("unknown", issuer)).isEmpty();
    assertThat(issuer.asked).hasValue(1);
    clock.passes(Renewals.KEPT);
    assertThat(renewals.renew("other", new Refusing())).isEmpty();
    assertThat(renewals.size()).isZero();
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
  void what_is_renewed_for_a_stream_serves_a_browser_that_still_shows_the_old_token() {
    Rotating issuer = new Rotating();
    TokenFamily stream = renewals.hold("r0");
    for (int hour = 0; hour < 12; hour++) {
      assertThat(renewals.renewForStream(stream, issuer)).isTrue();
      clock.passes(Duration.ofHours(1));
    }
    TokenPair newest = renewals.renew("r0", issuer).orElseThrow();
    assertThat(newest.refresh()).as("its access token was over").isEqualTo("r13");
    assertThat(renewals.renewForStream(stream, issuer)).isTrue();
    assertThat(renewals.newerThan("r13").orElseThrow().refresh()).isEqualTo("r14");
    assertThat(renewals.renew("r0", issuer).orElseThrow().refresh()).isEqualTo("r14");
    assertThat(renewals.newerThan("r14")).isEmpty();
    renewals.release(stream);
    clock.passes(Renewals.KEPT.minusSeconds(1));
    assertThat(renewals.renew("r0", issuer).orElseThrow().refresh()).isEqualTo("r14");
    clock.passes(Renewals.KEPT);
    assertThat(renewals.renew("other", new Refusing())).isEmpty();
    assertThat(renewals.size()).isZero();
  }

  @Test
  void without_a_stream_the_issuer_decides_about_an_old_token_once_the_result_is_over() {
    renewals.renew("r0", new Rotating(Duration.ofSeconds(8)));
    clock.passes(Duration.ofMillis(7_500));
    List<String> asked = new ArrayList<>();
    Issuer refusing =
        new Refusing() {
          @Override
          public Optional<TokenPair> renew(String refreshToken) {
            asked.add(refreshToken);
            return Optional.empty();
          }
        };
    assertThat(renewals.renew("r0", refusing)).isEmpty();
    assertThat(asked).containsExactly("r0");
  }

  @Test
  void of_a_stream_only_a_few_of_its_tokens_are_remembered() {
    Rotating issuer = new Rotating();
    TokenFamily stream = renewals.hold("r0");
    for (int shown = 0; shown < 100; shown++) {
      renewals.renewForStream(stream, issuer);
      clock.passes(Duration.ofHours(1));
      assertThat(renewals.renew("r0", issuer)).isPresent();
    }
    assertThat(renewals.size()).isLessThanOrEqualTo(TokenFamily.MOST_NAMES);
    renewals.release(stream);
    TokenFamily never = renewals.hold("never renewed");
    renewals.release(never);
    assertThat(renewals.newerThan("never renewed")).isEmpty();
  }

  @Test
  void a_stream_is_not_renewed_beside_a_request_and_a_session_that_ends_meanwhile_stays_ended() {
    CountDownLatch gate = new CountDownLatch(1);
    Counting issuer = new Counting(Duration.ofMinutes(15), gate);
    TokenFamily stream = renewals.hold("r");
    CompletableFuture<Optional<TokenPair>> request =
        CompletableFuture.supplyAsync(() -> renewals.renew("r", issuer));
    await().until(() -> issuer.asked.get() == 1);
    assertThat(renewals.renewForStream(stream, issuer)).isFalse();
    assertThat(renewals.forget("r")).isEqualTo("r");
    gate.countDown();
    assertThat(request.join()).isEmpty();
    assertThat(stream.isOver()).isTrue();
    renewals.release(stream);
    assertThat(renewals.renew("r", issuer)).isEmpty();
    assertThat(issuer.asked).hasValue(1);
  }

  @Test
  void no_more_than_a_limited_number_wait_for_one_login() {
    CountDownLatch gate = new CountDownLatch(1);
    Counting issuer = new Counting(Duration.ofMinutes(15), gate);
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<CompletableFuture<Optional<TokenPair>>> all =
          Stream.generate(
                  () -> CompletableFuture.supplyAsync(() -> renewals.renew("r", issuer), threads))
              .limit(3L * Renewals.MOST_WAITING)
              .toList();
      await()
          .untilAsserted(
              () ->
                  assertThat(all.stream().filter(CompletableFuture::isCompletedExceptionally))
                      .hasSize(2 * Renewals.MOST_WAITING - 1));
      gate.countDown();
      assertThat(all.stream().filter(each -> !each.isCompletedExceptionally()))
          .allMatch(each -> each.join().isPresent());
      assertThat(issuer.asked).hasValue(1);
    } finally {
      gate.countDown();
      threads.shutdown();
    }
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

  /** Takes each refresh token once. */
  private static final class Rotating extends Refusing {
    private final Duration life;
    private int next;

    Rotating() {
      this(Duration.ofMinutes(15));
    }

    Rotating(Duration life) {
      this.life = life;
    }

    @Override
    public Optional<TokenPair> renew(String refreshToken) {
      assertThat(refreshToken).isEqualTo("r" + next);
      next++;
      return Optional.of(
          new TokenPair("a" + next, life, "r" + next, Duration.ofDays(1), null, null));
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
          new TokenPair("access " + number, life, refreshToken, Duration.ofDays(1), null, null));
    }
  }
}
