package org.fleetcast.mqtt;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.jspecify.annotations.Nullable;

/** Why there is no connection, as words for the log. */
final class FailureReasons {
  private FailureReasons() {}

  /** The reason behind a failure, with the keys to look at where the configuration may be wrong. */
  static String of(@Nullable Throwable failure) {
    if (failure instanceof MqttException mqtt) {
      return switch (mqtt.getReasonCode()) {
        case MqttException.REASON_CODE_FAILED_AUTHENTICATION,
            MqttException.REASON_CODE_NOT_AUTHORIZED ->
            "the broker refused the login (mqtt.username, mqtt.password)";
        case MqttException.REASON_CODE_INVALID_CLIENT_ID ->
            "the broker refused the client id (mqtt.client.id)";
        case MqttException.REASON_CODE_SUBSCRIBE_FAILED ->
            "the broker refused the subscription (log.topic)";
        case MqttException.REASON_CODE_CLIENT_TIMEOUT -> "the broker did not answer in time";
        default -> ofCause(mqtt.getCause() == null ? mqtt : mqtt.getCause());
      };
    }
    return failure == null ? "the connection was closed" : ofCause(failure);
  }

  private static String ofCause(Throwable cause) {
    if (cause instanceof SSLException) {
      return "TLS failed (mqtt.ca.file, mqtt.certificate.file): " + cause.getMessage();
    }
    if (cause instanceof UnknownHostException) {
      return "the host of mqtt.url is not known";
    }
    if (cause instanceof EOFException) {
      return "the broker closed the connection";
    }
    if (cause instanceof ConnectException) {
      return "nobody listens at mqtt.url";
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
