package org.fleetcast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.fleetcast.problem.Problem;
import org.fleetcast.problem.ProblemCode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodeFlowTest {
  private static final URI CALLBACK = URI.create("https://fleet.example/api/auth/callback");

  @AutoClose private final OpenIdStage stage = new OpenIdStage();

  private final CodeFlow flow = flow(stage.provider());
  private final PendingSignIn pending = PendingSignIn.begin("/", Instant.now());

  CodeFlowTest() throws IOException {}

  @Test
  void the_browser_is_sent_with_state_nonce_and_a_challenge_of_the_verifier() {
    String challenge =
        CodeChallenge.compute(CodeChallengeMethod.S256, pending.verifier()).getValue();
    assertThat(flow.authorization(pending).toString())
        .startsWith(stage.issuer() + "/auth?")
        .contains("response_type=code")
        .contains("client_id=fleet")
        .contains("redirect_uri=https%3A%2F%2Ffleet.example%2Fapi%2Fauth%2Fcallback")
        .contains("state=" + pending.state())
        .contains("nonce=" + pending.nonce())
        .contains("code_challenge_method=S256")
        .contains("code_challenge=" + challenge);
  }

  @Test
  void a_code_is_changed_for_tokens_with_the_verifier() {
    grants(idToken().claim("nonce", pending.nonce().getValue()));
    TokenPair tokens = flow.tokens(answer("c", stage.issuer(), null), pending);
    assertThat(tokens.access()).isEqualTo("access");
    assertThat(tokens.refresh()).isEqualTo("refresh");
    assertThat(tokens.accessLife()).isEqualTo(Duration.ofSeconds(300));
    assertThat(tokens.refreshLife()).isEqualTo(Duration.ofSeconds(1800));
    assertThat(stage.asked())
        .contains("code=c")
        .contains("code_verifier=" + pending.verifier().getValue());
  }

  @Test
  void an_id_token_of_another_nonce_audience_issuer_or_key_is_not_taken() {
    String nonce = pending.nonce().getValue();
    for (JWTClaimsSet.Builder bad :
        new JWTClaimsSet.Builder[] {
          idToken(),
          idToken().claim("nonce", "another"),
          idToken().claim("nonce", nonce).audience("other"),
          idToken().claim("nonce", nonce).issuer("https://evil.example"),
          idToken().claim("nonce", nonce).claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")
        }) {
      grants(bad);
      refused(ProblemCode.EXTERNAL_SERVICE_ERROR, this::finish);
    }
    stage.answers(200, granted(stage.forged(idToken().claim("nonce", nonce))));
    refused(ProblemCode.EXTERNAL_SERVICE_ERROR, this::finish);
    stage.answers(200, granted(stage.token(idToken().claim("nonce", nonce))));
    finish();
  }

  @Test
  void an_answer_of_another_issuer_or_of_none_is_not_taken() {
    grants(idToken().claim("nonce", pending.nonce().getValue()));
    refused(
        ProblemCode.INVALID_OPERATION,
        () -> flow.tokens(answer("c", "https://evil.example", null), pending));
    refused(ProblemCode.INVALID_OPERATION, () -> flow.tokens(answer("c", null, null), pending));
    assertThat(stage.asked()).as("no code is given away").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "access_denied,AUTHORIZATION_FAILED",
    "temporarily_unavailable,INVALID_OPERATION",
    "invalid_scope,EXTERNAL_SERVICE_ERROR",
    "<script>,INVALID_OPERATION",
  })
  void a_refusal_of_the_provider_is_a_sentence(String error, ProblemCode code) {
    refused(code, () -> flow.tokens(answer(null, stage.issuer(), error), pending));
  }

  @ParameterizedTest
  @CsvSource({
    "400,invalid_grant,INVALID_OPERATION",
    "401,invalid_client,EXTERNAL_SERVICE_ERROR",
    "400,unauthorized_client,EXTERNAL_SERVICE_ERROR",
    "503,temporarily_unavailable,SERVICE_UNAVAILABLE",
  })
  void what_the_token_endpoint_refuses_is_told_apart(int status, String error, ProblemCode code) {
    stage.answers(status, "{\"error\":\"" + error + "\"}");
    refused(code, this::finish);
  }

  private static CodeFlow flow(OpenIdProvider provider) {
    Duration skew = Duration.ofSeconds(30);
    OpenIdClient client = OpenIdStage.client();
    ClockWatch clocks = new ClockWatch(skew, Clock.systemUTC());
    TokenEndpoint endpoint = new TokenEndpoint(provider, client, clocks);
    return new CodeFlow(provider, client, endpoint, CALLBACK, skew);
  }

  private void finish() {
    TokenPair unused = flow.tokens(answer("c", stage.issuer(), null), pending);
  }

  private JWTClaimsSet.Builder idToken() {
    return stage.claims();
  }

  private void grants(JWTClaimsSet.Builder idToken) {
    stage.answers(200, granted(stage.token(idToken)));
  }

  private static String granted(String idToken) {
    return """
    {"access_token":"access","token_type":"Bearer","expires_in":300,
    "refresh_token":"refresh","refresh_expires_in":1800,"id_token":"%s"}
    """
        .formatted(idToken);
  }

  private SignInAnswer answer(
      @Nullable String code, @Nullable String issuer, @Nullable String error) {
    return new SignInAnswer(pending.state().getValue(), code, issuer, error);
  }

  private static void refused(ProblemCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.code()).isEqualTo(code));
  }
}
