package org.fleetcast.identity.keycloak;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.text.ParseException;
import java.util.Optional;
import org.fleetcast.identity.AudienceRule;
import org.fleetcast.identity.Caller;
import org.fleetcast.identity.PublicUrl;

/** Whether the tokens that devices get are ones that are taken here. */
record DeviceTokenCheck(Optional<URI> issuer, AudienceRule audience) {

  /** A sentence that says why such a token is refused; empty when it is taken. */
  Optional<String> fault(String token) {
    try {
      JWTClaimsSet claims = SignedJWT.parse(token).getJWTClaimsSet();
      String party = Caller.party(claims.getClaim("azp"), claims.getClaim("client_id"));
      String whose = "Devices are refused: a token of client " + party;
      String trusted = issuer.map(URI::toString).orElse("");
      if (!PublicUrl.withoutSlash(trusted)
          .equals(PublicUrl.withoutSlash(String.valueOf(claims.getIssuer())))) {
        return Optional.of(
            whose + " is of issuer " + claims.getIssuer() + " and OIDC_ISSUER_URL is another");
      }
      return audience.allows(claims.getAudience(), party)
          ? Optional.empty()
          : Optional.of(whose + " does not name OIDC_AUDIENCE, which its client has to add");
    } catch (ParseException noJwt) {
      return Optional.of("Devices are refused: what Keycloak gives them is no JWT");
    }
  }
}
