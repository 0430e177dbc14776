package org.fleetcast.audit;

import java.util.Locale;

/** What can be done that is audited. */
public enum Action {
  SIGN_IN,
  SIGN_OUT,
  DEVICE_CREATE,
  DEVICE_CHANGE,
  DEVICE_DELETE,
  DEVICE_CREDENTIALS_READ,
  DEVICE_CLIENT_SYNC,
  DEVICE_ROTATE,
  MODEL_CREATE,
  MODEL_CHANGE,
  MODEL_DELETE,
  ROTATION_TRIGGER,
  ROTATION_JOB,
  DEAD_LETTERS_REPLAY;

  /** As it is written: in lower case. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
