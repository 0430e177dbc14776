package org.fleetcast.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.fleetcast.problem.Problem;
import org.junit.jupiter.api.Test;

class BodySenderTest {
  private final BodySender stranger = BodySender.of("");
  private final BodySender user = BodySender.of("somebody");

  @Test
  void a_strangers_body_is_smaller_and_sooner() {
    assertThat(stranger.most()).isEqualTo(16 * 1024);
    assertThat(stranger.deadline()).isEqualTo(Duration.ofSeconds(3));
    assertThat(stranger.closes(16 * 1024 + 1)).isTrue();
    assertThat(stranger.tooLarge().problem().code().status()).isEqualTo(413);
    assertThat(user.most()).isEqualTo(1 << 20);
    assertThat(user.closes((1 << 20) + 1)).isFalse();
    assertThat(user.closes(1L << 30)).isTrue();
  }

  @Test
  void a_stranger_is_not_told_that_it_is_he_who_has_too_many() {
    Problem toStranger = stranger.refusal(PendingBodies.Answer.TOO_MUCH_OF_ONE).problem();
    assertThat(toStranger.code().status()).isEqualTo(503);
    assertThat(toStranger.sentence()).isEqualTo("Too many request bodies are on their way");
    assertThat(user.refusal(PendingBodies.Answer.TOO_MUCH_OF_ONE).problem().code().status())
        .isEqualTo(429);
  }
}
