package org.fleetcast.identity.keycloak;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.util.Optional;
import org.fleetcast.identity.AudienceRule;
import org.junit.jupiter.api.Test;

class DeviceTokenCheckTest {
  private static final String ISSUER = "https://login.example.org/realms/iot";
  private static final DeviceTokenCheck TAKEN =
      new DeviceTokenCheck(Optional.of(URI.create(ISSUER + "/")), new AudienceRule("fleet", "web"));

  @Test
  void a_token_that_would_be_taken_has_no_fault() {
    assertThat(TAKEN.fault(token(ISSUER, "fleet"))).isEmpty();
  }

  @Test
  void another_issuer_is_told_with_its_key() {
    assertThat(TAKEN.fault(token("http://keycloak:8080/realms/iot", "fleet")))
        .contains(
            "Devices are refused: a token of client iotdevice-x is of issuer"
                + " http://keycloak:8080/realms/iot and OIDC_ISSUER_URL is another");
  }

  @Test
  void a_token_without_the_audience_is_told_with_its_key() {
    assertThat(TAKEN.fault(token(ISSUER, "account")))
        .contains(
            "Devices are refused: a token of client iotdevice-x does not name OIDC_AUDIENCE, which"
                + " its client has to add");
    AudienceRule unset = new AudienceRule(null, "web");
    assertThat(new DeviceTokenCheck(TAKEN.issuer(), unset).fault(token(ISSUER, "account")))
        .isEmpty();
  }

  @Test
  void what_is_no_token_is_told() {
    assertThat(TAKEN.fault("opaque"))
        .contains("Devices are refused: what Keycloak gives them is no JWT");
  }

  private static String token(String issuer, String audience) {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(issuer)
            .audience(audience)
            .claim("azp", "iotdevice-x")
            .build();
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    try {
      token.sign(new MACSigner(new byte[32]));
    } catch (JOSEException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
    return token.serialize();
  }
}
